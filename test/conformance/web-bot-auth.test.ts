import { describe, expect, test } from "vitest";
import { parseAgentCard } from "../../src/agent/web-bot-auth/agent-card.ts";
import { parseDirectory } from "../../src/agent/web-bot-auth/directory.ts";
import { checkDirectorySignatures } from "../../src/agent/web-bot-auth/directory-signature.ts";
import { WELL_KNOWN_DIRECTORY } from "../../src/http/known-paths.ts";
import { locateDirectory, staticKeys, verifyMessage } from "../../src/agent/web-bot-auth/index.ts";
import { isTestKey } from "../../src/agent/web-bot-auth/test-keys.ts";
import { thumbprint, type RequiredMembers } from "../../src/agent/web-bot-auth/thumbprint.ts";
import { parseSignatureAgent } from "../../src/agent/web-bot-auth/signature-agent.ts";
import { parseJson } from "../../src/http/json.ts";
import type { WorkerVerdict } from "../agent/web-bot-auth/verifier-worker.ts";
import { startBareWorker } from "../support/bare-worker.ts";
import { hasVectors, needed, readVectors } from "./vectors.ts";

const WORKER = new URL("../agent/web-bot-auth/verifier-worker.ts", import.meta.url).pathname;

type Jwk = Readonly<Record<string, unknown>>;
interface ArchitectureVector {
  readonly key: Jwk;
  readonly target_url: string;
  readonly created_ms: number;
  readonly label: string;
  readonly signature: string;
  readonly signature_input: string;
  readonly signature_agent?: string;
}

describe("Web Bot Auth vectors", needed, () => {
  for (const version of ["v1", "v2"] as const) {
    const vectors = hasVectors
      ? (readVectors(
          `cloudflare/web_bot_auth_architecture_${version}.json`,
        ) as ArchitectureVector[])
      : [];
    test.each(vectors.map((vector, index) => [index + 1, vector] as const))(
      `architecture ${version}, %i`,
      async (_, vector) => {
        const { kty, crv, x, n, e } = vector.key;
        const keys = await staticKeys({ keys: [{ kty, crv, x, n, e }] }, { allowTestKeys: true });
        const fields: Readonly<Record<string, string | undefined>> = {
          signature: vector.signature,
          "signature-input": vector.signature_input,
          "signature-agent": vector.signature_agent,
        };
        const message = {
          method: "GET",
          url: vector.target_url,
          field: (name: string) => fields[name],
        };
        const options = { now: vector.created_ms / 1000 + 60, isAllowed: () => true };
        const verdict = await verifyMessage(message, keys!, {
          ...options,
          maxAge: Infinity,
          allowTestKeys: true,
        });
        expect(verdict).toMatchObject({
          verdict: "verified",
          label: vector.label,
          agent: vector.signature_agent === undefined ? "" : "https://signature-agent.test",
        });
        expect(await verifyMessage(message, keys!, { ...options, maxAge: Infinity })).toMatchObject(
          {
            verdict: "invalid",
            reason: "test-key",
          },
        );
        const changed = { ...message, url: "https://example.org/path/to/resource" };
        expect(
          await verifyMessage(changed, keys!, {
            ...options,
            maxAge: Infinity,
            allowTestKeys: true,
          }),
        ).toMatchObject({ verdict: "invalid", reason: "signature-mismatch" });
      },
    );
  }

  test("architecture v1 and v2 in workerd", async () => {
    const worker = await startBareWorker(WORKER);
    try {
      const vectors = ["v1", "v2"].flatMap(
        (version) =>
          readVectors(
            `cloudflare/web_bot_auth_architecture_${version}.json`,
          ) as ArchitectureVector[],
      );
      const cases = vectors.map((vector) => {
        const { kty, crv, x, n, e } = vector.key;
        return {
          fields: {
            signature: vector.signature,
            "signature-input": vector.signature_input,
            "signature-agent": vector.signature_agent,
          },
          over: { url: vector.target_url },
          jwks: { keys: [{ kty, crv, x, n, e }] },
          now: vector.created_ms / 1000 + 60,
        };
      });
      const body = JSON.stringify(cases);
      const response = await fetch(worker.url, { method: "POST", body });
      const verdicts = (await response.json()) as WorkerVerdict[];
      expect(verdicts.map(({ verdict }) => verdict)).toEqual(vectors.map(() => "verified ok"));
    } finally {
      worker.close();
    }
  });

  test("thumbprints", async () => {
    const vectors = readVectors("cloudflare/jwk-thumbprint-vectors.json") as {
      jwk: string;
      thumbprint: string;
    }[];
    for (const vector of vectors) {
      expect(await thumbprint(parseJson(vector.jwk) as RequiredMembers)).toBe(vector.thumbprint);
    }
  });

  test("known test keys", () => {
    const { keys } = readVectors("known-test-key-thumbprints.json") as {
      keys: { thumbprint: string }[];
    };
    for (const key of keys) expect(isTestKey(key.thumbprint)).toBe(true);
  });

  test("signature agents", () => {
    const vectors = readVectors("cloudflare/web_bot_auth_signature_agent_v1.json") as {
      header: string;
      entries: { label: string; uri: string; type: string }[];
    }[];
    for (const vector of vectors) {
      const field = parseSignatureAgent(vector.header, 8);
      if (typeof field === "string" || field.form !== "dictionary")
        throw new TypeError(vector.header);
      for (const { label, uri, type } of vector.entries) {
        const member = field.members.get(label);
        expect(member).toMatchObject({ kind: "item", value: { value: uri } });
        const named = member?.params.get("type")?.value as string | undefined;
        const location = locateDirectory(uri, named);
        expect(location).toMatchObject({ type });
        expect(typeof location === "object" && location.url.href).toBe(
          type === "directory" ? uri + WELL_KNOWN_DIRECTORY : uri,
        );
      }
    }
  });

  test("signature agent cards", () => {
    const vectors = readVectors("cloudflare/web_bot_auth_signature_agent_card_v1.json") as {
      url: string;
      valid: boolean;
      card: unknown;
    }[];
    for (const { url, valid, card } of vectors) {
      expect(parseAgentCard(card, new URL(url)) !== undefined).toBe(valid);
    }
  });

  test("the signed directory", async () => {
    const vector = readVectors("draft-signed-directory.json") as {
      request: { url: string };
      response: { headers: [string, string][]; body: string };
    };
    const { body } = vector.response;
    const keys = await parseDirectory(parseJson(body), { allowTestKeys: true });
    const url = new URL(vector.request.url);
    const check = (text: string, at = url): Promise<boolean> =>
      checkDirectorySignatures(
        at,
        { fields: new Headers(vector.response.headers), bytes: new TextEncoder().encode(text) },
        keys!,
        1_735_689_700,
      );
    expect(await check(body)).toBe(true);
    expect(await check(`${body} `)).toBe(false);
    expect(await check(body, new URL(WELL_KNOWN_DIRECTORY, "https://other.example"))).toBe(false);
  });
});
