import { advise } from "../check.ts";
import { unableToCheck } from "../model.ts";
import { ACCEPT_HTML } from "../site.ts";
import type { FurtherCheck } from "./further-check.ts";

const goal = "admit agents that prove their identity by a signature";

export const signedAgent: FurtherCheck = {
  id: "signedAgent",
  title: "Answer to a signed agent",
  goal,
  async run({ site, trail, sign }) {
    if (sign === undefined)
      return unableToCheck("give a key with --key and its agent with --agent");
    const headers = await sign(site.home.href);
    const signed = await site.get("/", { accept: ACCEPT_HTML, headers, isFresh: true });
    trail.fetched(signed, undefined, "neutral");
    if (signed.kind === "none") return unableToCheck(signed.message);
    const damaged = { ...headers, Signature: "sig1=:AAAA:" };
    const forged = await site.get("/", { accept: ACCEPT_HTML, headers: damaged, isFresh: true });
    trail.fetched(forged, undefined, "neutral");
    const forgedStatus = forged.kind === "response" ? forged.status : undefined;
    const details = {
      status: signed.status,
      withDamagedSignature: forgedStatus,
      unsigned: site.homeReply.status,
    };
    if (signed.status < 400) {
      const told = forgedStatus !== undefined && forgedStatus >= 400;
      const note = told
        ? `, and ${forgedStatus} with a damaged signature`
        : "; the answer does not depend on the signature";
      return { status: "pass", message: `a signed request gets ${signed.status}${note}`, details };
    }
    return {
      status: "fail",
      message: `a signed request gets ${signed.status}, an unsigned one ${site.homeReply.status}`,
      details,
      advice: advise(site, goal, {
        origin:
          'Look at the reason that the site gives, and at Accept-Signature. With wayleave, `agents.directories` names the directories whose keys are trusted, and an access rule with "evidence": "signature" admits their agents.',
      }),
    };
  },
};
