import { createReplayCheck } from "./replay-check.ts";
import type { Directories, VerifyOptions } from "./web-bot-auth/index.ts";
import type { RulesFile } from "../rules/schema.ts";
import type { ReplayStore } from "../store/replay.ts";
import { secondsOf } from "../timing/duration.ts";

/** Whether only signatures with a nonce count. */
export function requiresNonce({ replay }: RulesFile["agents"]): boolean {
  return typeof replay === "object" && replay.requireNonce;
}

/** The options of rules for signatures, as far as they need no directory. */
export function signatureOptions(
  { agents, paths }: Pick<RulesFile, "agents" | "paths">,
  dev: boolean,
): Omit<VerifyOptions, "now" | "isAllowed" | "isFetchable" | "isReplayed"> {
  return {
    maxAge: secondsOf(agents.maxAge),
    skew: secondsOf(agents.skew),
    expiresGrace: secondsOf(agents.expiresGrace),
    allowTestKeys: dev || agents.allowTestKeys,
    requireNonce: requiresNonce(agents),
    ignoresParameters: agents.memberParameters === "ignore",
    resolvesDots: paths.dotSegments !== "as-received",
  };
}

/** The options for signatures, with the directories that the site trusts and its store of nonces. */
export function verificationOf(
  rules: RulesFile,
  dev: boolean,
  directories: Directories,
  replay: ReplayStore | undefined,
): Omit<VerifyOptions, "now"> {
  const options = signatureOptions(rules, dev);
  const isUsed = rules.agents.replay !== false && replay !== undefined;
  return {
    ...options,
    isAllowed: (directory: URL) => directories.isAllowed(directory),
    isFetchable: (directory: URL) => directories.isFetchable(directory),
    ...(isUsed ? { isReplayed: createReplayCheck(replay, options.expiresGrace ?? 0) } : {}),
  };
}
