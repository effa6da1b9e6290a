import { expect, it } from "vitest";
import type { Mode } from "../../src/pipeline/policy.ts";
import { createPipeline } from "../../src/pipeline/run.ts";
import type { DecisionRecord, FeatureStage } from "../../src/pipeline/stage.ts";
import { WebExchange } from "../../src/runtime/web/exchange.ts";
import { WebRequest } from "../../src/runtime/web/request.ts";
import { fromResponse, toResponse } from "../../src/runtime/web/respond.ts";

/** What the README's steps come to: options, a pure decision, and a thin act. */
interface ShoutPolicy {
  readonly maxBytes: number;
}

type ShoutDecision =
  | { readonly kind: "shout" }
  | { readonly kind: "declined"; readonly reason: "too-long" | "not-asked" };

function decideShout(asked: boolean, length: number, { maxBytes }: ShoutPolicy): ShoutDecision {
  if (!asked) return { kind: "declined", reason: "not-asked" };
  return length > maxBytes ? { kind: "declined", reason: "too-long" } : { kind: "shout" };
}

const shout: FeatureStage<ShoutPolicy> = {
  feature: "shout",
  varyOn: ["X-Loud"],
  onResponse({ length = 0 }, exchange, policy) {
    const decision = decideShout(exchange.field("x-loud") === "1", length, policy);
    if (decision.kind === "declined") return decision;
    return {
      kind: "transform",
      reason: "asked",
      representation: { variant: "loud", type: "text/plain" },
      stream: (content) =>
        content
          .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
          .pipeThrough(
            new TransformStream<string, string>({
              transform: (text, to) => to.enqueue(text.toUpperCase()),
            }),
          )
          .pipeThrough(new TextEncoderStream()),
    };
  },
};

/** Takes a request through a pipeline that has this one stage. */
async function ask(mode: Mode, headers: Record<string, string>, maxBytes = 100) {
  let decisions: readonly DecisionRecord[] = [];
  const pipeline = createPipeline({
    stages: [shout] as readonly FeatureStage[],
    identify: () => ({ kind: "anonymous" }),
    policiesFor: () => () => ({ mode, policy: { maxBytes }, rule: "loud pages" }),
    decodable: new Set(),
    onFailure: (_stage, _phase, error) => {
      throw error;
    },
    onDecided: (_exchange, _status, made) => (decisions = made),
  });
  const request = new WebRequest(new Request("https://site.example/", { headers }));
  const publicOrigin = { origin: "https://site.example", host: "site.example" };
  const facts = { trustsForwarded: false, background: () => {} };
  const exchange = new WebExchange(request, publicOrigin, facts);
  const answer = await pipeline(exchange, async () =>
    fromResponse(
      new Response("hello", { headers: { etag: '"1"', "content-length": "5" } }),
      "GET",
      () => undefined,
    ),
  );
  const response = toResponse(answer);
  return { response, text: await response.text(), decisions };
}

it("gives a new stage its part: content, Vary, validator and record are the runner's", async () => {
  const { response, text, decisions } = await ask("enforce", { "x-loud": "1" });
  expect(text).toBe("HELLO");
  expect(response.headers.get("vary")).toBe("X-Loud");
  expect(response.headers.get("etag")).toBe('W/"1;wl=loud"');
  expect(response.headers.get("content-length")).toBeNull();
  expect(decisions).toEqual([
    {
      feature: "shout",
      phase: "response",
      mode: "enforce",
      rule: "loud pages",
      kind: "transform",
      reason: "asked",
    },
  ]);
});

it.each([
  ["not-asked", {}, 100],
  ["too-long", { "x-loud": "1" }, 4],
] as const)("adds to Vary if it declines: %s", async (reason, headers, maxBytes) => {
  const { response, text, decisions } = await ask("enforce", headers, maxBytes);
  expect(text).toBe("hello");
  expect(response.headers.get("vary")).toBe("X-Loud");
  expect(decisions).toMatchObject([{ kind: "declined", reason }]);
});

it("changes nothing if it only observes", async () => {
  const { response, text, decisions } = await ask("observe", { "x-loud": "1" });
  expect(text).toBe("hello");
  expect(response.headers.get("vary")).toBeNull();
  expect(decisions).toMatchObject([{ mode: "observe", kind: "transform", reason: "asked" }]);
});

it("does not run if it is off", async () => {
  expect((await ask("off", { "x-loud": "1" })).decisions).toEqual([]);
});
