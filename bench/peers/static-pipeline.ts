import type { PipelineOptions } from "../../src/pipeline/run.ts";
import type { Stage } from "../../src/pipeline/stage.ts";

/** One answer from memory. */
export interface StaticAnswer {
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly content: Uint8Array<ArrayBuffer>;
}

export function parseAnswer(text: string): StaticAnswer {
  const { fields, body } = JSON.parse(text) as { fields: [string, string][]; body: string };
  return { fields, content: Uint8Array.from(atob(body), (char) => char.charCodeAt(0)) };
}

/** Our own pipeline, with nothing in it but a stage that gives this answer. */
export function staticPipeline({ fields, content }: StaticAnswer): PipelineOptions {
  const stage: Stage = {
    name: "static",
    feature: "compression",
    varyOn: [],
    onRequest: () => ({
      kind: "respond",
      reason: "static",
      response: { status: 200, fields, content },
    }),
  };
  return {
    stages: [stage],
    identify: () => ({ kind: "anonymous" }),
    policiesFor: () => () => ({ mode: "enforce", policy: {}, rule: "static" }),
    decodable: new Set(),
    onFailure: (_stage, _phase, error) => {
      throw error;
    },
  };
}
