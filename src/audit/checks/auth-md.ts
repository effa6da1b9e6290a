import { PROTECTED_RESOURCE } from "../../http/discovery/json-kinds.ts";
import { isObject } from "../../http/json.ts";
import { advise, type AuditCheck } from "../check.ts";
import { findDocument } from "../json-document.ts";
import { notApplicable, unableToCheck } from "../model.ts";
import { isPageReply, textOf } from "../reply.ts";
import { AUTHORIZATION_SERVER } from "./oauth-discovery.ts";

const goal =
  "describe in /auth.md how an agent registers, beside the metadata of RFC 9728 and RFC 8414";

export const authMd: AuditCheck = {
  id: "authMd",
  category: "discovery",
  title: "auth.md",
  goal,
  specs: ["https://github.com/workos/auth.md"],
  guide: "auth-md",
  async run({ site, trail, signs }) {
    const reply = await site.get("/auth.md", { accept: "text/markdown, text/plain;q=0.9" });
    trail.fetched(reply);
    if (reply.kind === "none") return unableToCheck(reply.message);
    if (reply.status >= 500) return unableToCheck(`/auth.md answers ${reply.status}`);
    const fail = (message: string) => ({
      status: "fail" as const,
      message,
      advice: advise(site, goal, {
        origin:
          "Publish /auth.md only if your authorization server lets agents register: a heading with auth.md, scopes and the method header in the metadata of the resource, and agent_auth with skill, register_uri and claim_uri in that of the server.",
      }),
    });
    if (reply.status !== 200 || isPageReply(reply)) {
      const { oauth } = await signs();
      if (oauth !== undefined) return fail(`auth.md not found, though ${oauth}`);
      return notApplicable(
        "nothing on the site asks for a token, so there is nothing to register for",
        "fail",
      );
    }
    const heading = /^#[ \t]+.*auth\.md/im.test(textOf(reply));
    trail.note(
      "parse",
      "/auth.md",
      heading ? "positive" : "negative",
      heading ? "heading found" : "no heading with auth.md",
    );
    if (!heading) return fail("auth.md has no heading that contains auth.md");
    const resource = await findDocument(site, trail, [PROTECTED_RESOURCE]);
    const { scopes_supported: scopes, bearer_methods_supported: methods } =
      resource.kind === "found" ? resource.value : {};
    if (!isFilled(scopes) || !isFilled(methods) || !methods.includes("header")) {
      return fail(
        "auth.md: the metadata of the resource lacks scopes_supported or the method header",
      );
    }
    const server = await findDocument(site, trail, AUTHORIZATION_SERVER.toReversed());
    const { agent_auth: auth } = server.kind === "found" ? server.value : {};
    const missing = ["skill", "register_uri", "claim_uri"].filter(
      (name) => !isObject(auth) || typeof auth[name] !== "string",
    );
    if (missing.length > 0)
      return fail(`auth.md: agent_auth of the authorization server lacks ${missing.join(", ")}`);
    return { status: "pass", message: "auth.md found, with its metadata" };
  },
};

function isFilled(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.length > 0;
}
