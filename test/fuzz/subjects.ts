import type { JsonWebKey } from "node:crypto";
import {
  generateKeys,
  staticKeys,
  verifyMessage,
  type SignedMessage,
  type SignatureVerdict,
} from "../../src/agent/web-bot-auth/index.ts";
import { oracleVerify } from "../agent/web-bot-auth/oracle.ts";
import { signOther } from "../agent/web-bot-auth/sign-other.ts";
import type { Triple } from "./mutate.ts";

export const NOW = 1_800_000_000;
const URL_ = "https://site.example/page?a=1&b=2";
const OTHER_FIELDS: Readonly<Record<string, string>> = {
  accept: "text/html,  */*",
  "content-digest": "sha-256=:AAAA:, sha-512=:BBBB:",
  priority: "u=1,  i",
  "user-agent": "Bot/1",
  x: "1",
};

/** Two agents with a key each, honest triples by them, and two ways to judge a triple. */
export async function makeSubjects() {
  const agents = ["https://signer.example", "https://other.example"];
  const keys = new Map<string, { readonly agent: string; readonly jwk: JsonWebKey }>();
  const published: Record<string, unknown> = {};
  const pool: Triple[] = [];
  for (const agent of agents) {
    const { privateJwk, directory } = await generateKeys();
    published[agent] = directory;
    const { kty, crv, x, kid } = privateJwk as unknown as Record<string, string>;
    keys.set(kid ?? "", { agent, jwk: { kty, crv, x } as JsonWebKey });
    for (const form of ["dictionary", "legacy"] as const) {
      for (const cover of [
        [],
        ["@method", "@target-uri", "@path", "@query", '"@query-param";name="a"', "@scheme"],
        [
          "accept",
          "user-agent",
          '"content-digest";key="sha-512"',
          '"priority";sf',
          '"user-agent";bs',
        ],
      ]) {
        const fields = await signOther(
          { method: "GET", url: URL_, fields: OTHER_FIELDS },
          privateJwk,
          {
            agent,
            created: NOW - 10,
            expires: NOW + 300,
            nonce: "bm9uY2U=",
            form,
            cover,
          },
        );
        pool.push({
          "signature-input": fields["Signature-Input"] ?? "",
          signature: fields["Signature"] ?? "",
          "signature-agent": fields["Signature-Agent"] ?? "",
        });
      }
    }
  }
  const source = await staticKeys(published);
  if (source === undefined) throw new TypeError("no keys");
  const options = { now: NOW, isAllowed: () => true };
  return {
    pool,
    verify(triple: Triple): Promise<SignatureVerdict> {
      const fields: Readonly<Record<string, string>> = { ...OTHER_FIELDS, ...triple };
      const message: SignedMessage = { method: "GET", url: URL_, field: (name) => fields[name] };
      return verifyMessage(message, source, options);
    },
    oracle(triple: Triple, label: string): boolean {
      const message = { method: "GET", url: URL_, fields: { ...OTHER_FIELDS, ...triple } };
      return oracleVerify(message, keys, NOW, label);
    },
    target: URL_,
    fields: OTHER_FIELDS,
    keys,
  };
}
