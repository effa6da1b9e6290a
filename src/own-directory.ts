import { createOwnDirectory } from "./agent/own-directory.ts";
import { WELL_KNOWN_DIRECTORY, type PrivateJwk } from "./agent/web-bot-auth/index.ts";
import { problem } from "./http/problem.ts";
import { splitTarget } from "./http/target.ts";
import type { Answer, Exchange } from "./pipeline/exchange.ts";
import { ownAnswer } from "./pipeline/own-answer.ts";
import type { Pipeline } from "./pipeline/run.ts";

/** Answers for the key directory of the site's own agents, before any rule is asked. */
export function withOwnDirectory(
  pipeline: Pipeline,
  keys: readonly PrivateJwk[] | undefined,
  now: () => number,
): Pipeline {
  if (keys === undefined) return pipeline;
  const directory = createOwnDirectory(keys, now);
  const answer = async (exchange: Exchange): Promise<Answer> => {
    if (exchange.method !== "GET" && exchange.method !== "HEAD") {
      const detail = "A key directory is read with GET or HEAD.";
      const refused = problem("method-not-allowed", detail, exchange.field("accept"));
      exchange.record?.refused("method-not-allowed", "endpoint");
      return ownAnswer(exchange, {
        ...refused,
        fields: [...refused.fields, ["allow", "GET, HEAD"]],
      });
    }
    const { fields, body } = await directory(exchange.url.origin + WELL_KNOWN_DIRECTORY);
    return ownAnswer(exchange, { status: 200, fields: Object.entries(fields), content: body });
  };
  return (exchange, origin) =>
    splitTarget(exchange.target).path === WELL_KNOWN_DIRECTORY
      ? answer(exchange)
      : pipeline(exchange, origin);
}
