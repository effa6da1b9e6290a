import { createPinnedKeys, type PinnedKeys } from "../../agent/pinned-keys.ts";
import { requiresNonce, signatureOptions } from "../../agent/signature-options.ts";
import { createTrustedDirectories } from "../../agent/trusted-directories.ts";
import {
  isFetchable,
  type ValidSignature,
  type VerifyOptions,
} from "../../agent/web-bot-auth/index.ts";
import { FEATURES } from "../../features.ts";
import { silentLog } from "../../telemetry/log.ts";
import { parseDuration } from "../../timing/duration.ts";
import { loadRulesFile } from "../rules-file.ts";
import { wrongValue } from "../usage.ts";

/** The values of the options that decide which signatures count. */
interface GivenOptions {
  readonly rules?: string | undefined;
  readonly maxAge: string | undefined;
  readonly skew?: string | undefined;
  readonly allowTestKeys: boolean;
  readonly dev: boolean;
}

/** The options of the verifier, but for the time. */
export interface VerifySettings extends Omit<VerifyOptions, "now"> {
  /** The keys that the rules file has. */
  readonly pinned?: PinnedKeys | undefined;
}

/**
 * The options with which a proxy verifies: by default those of a proxy that allows every directory;
 * with a rules file, those of a proxy with these rules. Nothing is fetched.
 */
export function settingsOf(given: GivenOptions): VerifySettings {
  const { dev } = given;
  const base = given.rules === undefined ? withoutRules(dev) : ofRules(given.rules, dev);
  return {
    ...base,
    ...(given.maxAge === undefined ? {} : { maxAge: seconds("--max-age", given.maxAge) }),
    ...(given.skew === undefined ? {} : { skew: seconds("--skew", given.skew) }),
    allowTestKeys: base.allowTestKeys === true || given.allowTestKeys,
  };
}

function withoutRules(dev: boolean): VerifySettings {
  return {
    allowTestKeys: dev,
    isAllowed: () => true,
    // The keys are given: which hosts may be asked does not matter, but the scheme does.
    isFetchable: (directory) =>
      directory.protocol === "https:" ? directory.username === "" : isFetchable(directory, { dev }),
  };
}

function ofRules(path: string, dev: boolean): VerifySettings {
  const { rules, bots } = loadRulesFile(path, FEATURES);
  const directories = createTrustedDirectories(
    { rules, bots, dev },
    {
      fetchDirectory: () => Promise.reject(new Error("no requests are sent offline")),
      now: () => 0,
      log: silentLog,
    },
  );
  return {
    ...signatureOptions(rules, dev),
    requireNonce: requiresNonce(rules.agents),
    isAllowed: directories.isAllowed,
    isFetchable: directories.isFetchable,
    pinned: createPinnedKeys(rules.agents.keys, bots, {
      allowTestKeys: dev || rules.agents.allowTestKeys,
      onUnusable: () => {},
    }),
    ...(rules.agents.replay === false ? {} : { isReplayed: nonces() }),
  };
}

/** Stores nonces for the length of a run. */
function nonces(): (signature: ValidSignature) => boolean {
  const seen = new Set<string>();
  return ({ agent, keyid, nonce }) => {
    if (nonce === undefined) return false;
    const key = JSON.stringify([agent, keyid, nonce]);
    const isSeen = seen.has(key);
    seen.add(key);
    return isSeen;
  };
}

/** A number of seconds, or a duration of rules such as "10m". */
function seconds(option: string, text: string): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : parseDuration(text);
  if (value !== undefined) return value;
  throw wrongValue(option, 'a number of seconds, or a duration such as "10m"', text);
}
