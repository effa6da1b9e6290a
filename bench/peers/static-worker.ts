// One answer from memory, by a Worker that does nothing else, or by our pipeline.
import { createPipeline, type Pipeline } from "../../src/pipeline/run.ts";
import { publicOrigins } from "../../src/runtime/public-url.ts";
import { splitUrl, WebExchange } from "../../src/runtime/web/exchange.ts";
import { toResponse } from "../../src/runtime/web/respond.ts";
import { parseAnswer, staticPipeline, type StaticAnswer } from "./static-pipeline.ts";

interface Env {
  readonly ANSWER: string;
  readonly PIPELINE?: string;
}

let answer: StaticAnswer | undefined;
let pipeline: Pipeline | undefined;
const find = publicOrigins({ publicOrigin: undefined, trustedProxyHops: 0 });

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    answer ??= parseAnswer(env.ANSWER);
    if (env.PIPELINE === undefined) {
      const init: ResponseInit & { encodeBody: string } = {
        headers: answer.fields as [string, string][],
        encodeBody: "manual",
      };
      return new Response(answer.content, init);
    }
    pipeline ??= createPipeline(staticPipeline(answer));
    const { scheme, host } = splitUrl(request.url);
    const own = find({ scheme, host, field: (name) => request.headers.get(name) ?? undefined });
    if (own === undefined) throw new Error("no host");
    const exchange = new WebExchange(request, own, {
      trustsForwarded: false,
      background: () => {},
    });
    return toResponse(await pipeline(exchange, () => Promise.reject(new Error("no origin"))));
  },
};
