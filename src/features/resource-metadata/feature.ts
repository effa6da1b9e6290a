import { defineFeature } from "../../feature/define.ts";
import { problem } from "../../http/problem.ts";
import { splitTarget } from "../../http/target.ts";
import { decideChallenge, metadataFor } from "./decide.ts";
import { resourceMetadataOptions } from "./policy.ts";
import { resourceMetadataVocabulary } from "./reasons.ts";

/** The decision about a redirect depends on these fields of the request. */
const OF_BROWSERS = ["accept", "sec-fetch-mode"];

/** Names the metadata of protected resources (RFC 9728) to clients that need authorization. */
export const resourceMetadataFeature = defineFeature({
  key: "resourceMetadata",
  does: "Names the OAuth metadata of a protected resource (RFC 9728) in the origin server's 401 responses, and answers 401 in place of its redirects to a login page, to clients that are not browsers.",
  options: resourceMetadataOptions,
  ...resourceMetadataVocabulary,
  create: ({ siteDocuments }) => ({
    onResponse({ status, fields }, exchange, { metadata, login }) {
      if (status !== 401 && status < 300) return { kind: "ineligible", reason: "no-challenge" };
      const { path } = splitTarget(exchange.target);
      const challenge = {
        status,
        location: fields.get("location"),
        authenticate: fields.get("www-authenticate"),
        url: exchange.url,
        accept: exchange.field("accept"),
        fetchMode: exchange.field("sec-fetch-mode"),
      };
      const at = metadata ?? metadataFor(path, siteDocuments.keys());
      const decision = decideChallenge(challenge, at, login);
      if (decision.kind === "none") {
        const { reason } = decision;
        return reason === "browser"
          ? { kind: "declined", reason, varyOn: OF_BROWSERS }
          : { kind: "ineligible", reason };
      }
      const { value } = decision;
      const detail = { value };
      const line = ["www-authenticate", value] as const;
      if (decision.kind === "name") {
        return { kind: "amend", reason: "named", fields: { append: [line] }, detail };
      }
      const text =
        "The site's login page is for people in browsers; get a token from its authorization server.";
      const response = problem("authorization-required", text, challenge.accept, [line]);
      return { kind: "respond", reason: "login-redirect", response, detail };
    },
  }),
});
