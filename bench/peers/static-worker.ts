// One response from memory, by a Worker that does nothing else, or by our server with a stage.
import bots from "../../rules/bots.jsonc";
import { WebExchange } from "../../src/runtime/web/exchange.ts";
import { WebRequest } from "../../src/runtime/web/request.ts";
import { toResponse } from "../../src/runtime/web/respond.ts";
import { clientFacts } from "../../src/runtime/workers/incoming.ts";
import {
  parseAnswer,
  staticServer,
  type StaticAnswer,
  type StaticServer,
} from "./static-pipeline.ts";

interface Env {
  readonly ANSWER: string;
  /** Only for our server. */
  readonly RULES?: string;
}

let answer: StaticAnswer | undefined;
let server: StaticServer | undefined;

export default {
  async fetch(raw: Request, env: Env): Promise<Response> {
    answer ??= parseAnswer(env.ANSWER);
    if (env.RULES === undefined) {
      const init: ResponseInit & { encodeBody: string } = {
        headers: answer.fields as [string, string][],
        encodeBody: "manual",
      };
      return new Response(answer.content, init);
    }
    server ??= staticServer(answer, env.RULES, bots);
    const { pipeline, findPublicOrigin } = server;
    const request = new WebRequest(raw);
    const { scheme, host } = request.parts;
    const publicOrigin = findPublicOrigin({ scheme, host, field: request.field });
    if (publicOrigin === undefined) throw new Error("no host");
    const facts = clientFacts(request);
    const exchange = new WebExchange(request, publicOrigin, {
      acceptEncoding: facts.acceptEncoding,
      clientAddress: facts.peer,
      trustsForwarded: false,
      background: () => {},
    });
    return toResponse(await pipeline(exchange, () => Promise.reject(new Error("no origin"))));
  },
};
