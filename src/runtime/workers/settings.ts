import { isToken, TOKEN_RULE } from "../../admin/bearer.ts";
import { readOwnKeys } from "../../agent/own-keys.ts";
import type { LoadedRules } from "../../rules/load.ts";
import type { RulesFile } from "../../rules/schema.ts";
import type { Log } from "../../telemetry/log.ts";
import type { WebOrigins } from "../web/origin-routes.ts";
import type { Env } from "./env.ts";

/** The settings of the proxy from its environment and rules. */
export function settingsOf(env: Env, loaded: LoadedRules, { originServer }: WebOrigins) {
  return {
    ...loaded,
    dev: env.DEV === "1",
    logsRequests: env.LOG === "requests",
    debug: env.DEBUG === "1",
    originServer,
    ownKeys: ownKeys(loaded.rules, env),
  };
}

/** Reads a secret token. A malformed one gives no access, since a Worker can't refuse to start. */
export function tokenOf(
  name: "ADMIN_TOKEN" | "PURGE_TOKEN",
  env: Env,
  log: Log,
): string | undefined {
  const token = env[name];
  if (token === undefined || isToken(token)) return token;
  log.warn("token-unfit", { name, needs: TOKEN_RULE });
  return undefined;
}

/** Reads the site's own keys from a secret; the path in the rules is ignored on a Worker. */
function ownKeys({ agents }: RulesFile, { AGENT_KEYS: text }: Env) {
  if (agents.ownDirectory === false) return undefined;
  if (text === undefined) throw new Error("no keys for agents.ownDirectory: set AGENT_KEYS");
  return readOwnKeys(text, "AGENT_KEYS");
}
