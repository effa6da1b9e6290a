import { isObject } from "../../http/json.ts";
import { parseDocument } from "../parse-document.ts";
import { advise, type AuditCheck } from "../check.ts";
import { notApplicable, unableToCheck } from "../model.ts";
import { textOf, type AuditReply } from "../reply.ts";
import { ACCEPT_JSON } from "../site.ts";

const goal = "state the price of paid resources so that agents can pay (x402)";

const PATHS = ["/", "/api", "/api/v1"];

export const x402: AuditCheck = {
  id: "x402",
  category: "commerce",
  title: "Payments by x402",
  goal,
  specs: ["https://x402.org", "https://docs.x402.org"],
  guide: "x402",
  async run({ site, trail }) {
    let other: string | undefined;
    let unable: string | undefined;
    for (const path of PATHS) {
      const reply = await site.get(path, { accept: ACCEPT_JSON });
      trail.fetched(reply, undefined, "neutral");
      if (reply.kind === "none") unable ??= reply.message;
      else if (reply.status === 402 && asksByX402(reply)) {
        return { status: "pass", message: `x402 requirements found at ${path}` };
      } else if (reply.status === 402) other ??= path;
    }
    if (other !== undefined) {
      return {
        status: "fail",
        message: `${other} answers 402 without requirements of x402`,
        advice: advise(site, goal, {
          origin:
            'Add the requirements of x402 version 2 to the 402: the field PAYMENT-REQUIRED, from your facilitator\'s library. With wayleave, an access rule with "action": "charge" and "settle": "x402" does this (docs/x402.md); it needs your own wallet address.',
        }),
      };
    }
    if (unable !== undefined) return unableToCheck(unable);
    return notApplicable("no response asks for a payment (402)", "fail");
  },
};

/** Whether a 402 has requirements of version 1 (content) or 2 (field). */
function asksByX402(reply: Extract<AuditReply, { kind: "response" }>): boolean {
  const field = reply.fields.get("payment-required");
  const value =
    field === undefined ? parseDocument(textOf(reply)) : parseDocument(decodeBase64(field));
  return isObject(value) && Array.isArray(value["accepts"]) && value["accepts"].length > 0;
}

function decodeBase64(text: string): string {
  try {
    return atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return "";
  }
}
