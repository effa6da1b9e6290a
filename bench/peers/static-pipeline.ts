import { createIdentification } from "../../src/agent/identification.ts";
import type { FeatureStage } from "../../src/pipeline/stage.ts";
import { createPipeline, type Pipeline } from "../../src/pipeline/run.ts";
import { compileRules } from "../../src/rules/compile.ts";
import { loadRules } from "../../src/rules/load.ts";
import type { RulesFile } from "../../src/rules/schema.ts";
import { publicOrigins, type FindPublicOrigin } from "../../src/runtime/public-url.ts";
import { memoryStore } from "../../src/store/memory.ts";
import { FEATURES } from "../../src/features.ts";

/** One response from memory. */
export interface StaticAnswer {
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly content: Uint8Array<ArrayBuffer>;
}

export function parseAnswer(text: string): StaticAnswer {
  const { fields, body } = JSON.parse(text) as { fields: [string, string][]; body: string };
  return { fields, content: Uint8Array.from(atob(body), (char) => char.charCodeAt(0)) };
}

/** The path of a request through the proxy, with one stage that sends a response instead of the features'. */
export interface StaticServer {
  readonly pipeline: Pipeline;
  readonly rules: RulesFile;
  readonly findPublicOrigin: FindPublicOrigin;
}

const PLATFORM = {
  fetchDirectory: () => Promise.reject(new Error("no network here")),
  now: () => Math.floor(Date.now() / 1000),
  log: { warn: () => {}, info: () => {} },
};

export function staticServer(
  { fields, content }: StaticAnswer,
  rulesText: string,
  botsText: string,
): StaticServer {
  const stage: FeatureStage = {
    feature: "compression",
    varyOn: [],
    onRequest: () => ({
      kind: "respond",
      reason: "static",
      response: { status: 200, fields, content },
    }),
  };
  const { rules, bots } = loadRules(rulesText, "rules", botsText, () => undefined, FEATURES);
  const identification = createIdentification(
    { rules, bots, dev: false },
    { ...PLATFORM, index: memoryStore().index },
  );
  const policies = compileRules(rules, FEATURES);
  const pipeline = createPipeline({
    stages: [stage],
    identify: (exchange) => identification.identify(exchange),
    policiesFor: ({ method, host, target: path, agent }) =>
      policies.forRequest({ method, host, path, agent }),
    decodable: new Set(),
    onFailure: (_stage, _phase, error) => {
      throw error;
    },
  });
  return { pipeline, rules, findPublicOrigin: publicOrigins(rules) };
}
