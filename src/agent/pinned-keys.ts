import type { Bot } from "./bots.ts";
import { importVerificationKey, type VerificationKey } from "./web-bot-auth/keys.ts";
import type { RulesFile } from "../rules/schema.ts";
import type { Awaitable } from "../timing/and-then.ts";

/** The keys of `agents.keys`, for agents without a directory: a thumbprint identifies the agent. */
export interface PinnedKeys {
  /** Finds a key by its thumbprint; waits only while the keys are imported, once. */
  readonly find: (keyid: string) => Awaitable<VerificationKey | undefined>;
  /** The bot to which the rules give the key, wherever it was found. */
  botOf(keyid: string): Bot | undefined;
}

/** Imports the keys of the rules. Keys that can't be used are left out, and reported. */
export function createPinnedKeys(
  entries: RulesFile["agents"]["keys"],
  bots: readonly Bot[],
  options: {
    readonly allowTestKeys: boolean;
    readonly onUnusable: (agent: string) => void;
  },
): PinnedKeys | undefined {
  const agents = Object.entries(entries);
  if (agents.length === 0) return undefined;
  const keys = new Map<string, VerificationKey>();
  const owners = new Map<string, Bot>();
  const own = (thumbprint: string, name: string): void => {
    const bot = bots.find((each) => each.name === name);
    if (bot !== undefined) owners.set(thumbprint, bot);
  };
  const load = async (name: string, entry: (typeof entries)[string]): Promise<void> => {
    const pins = entry.thumbprints && new Set(entry.thumbprints);
    for (const jwk of entry.keys) {
      const key = await importVerificationKey(jwk, options);
      if (key === undefined || pins?.has(key.thumbprint) === false) {
        options.onUnusable(name);
        continue;
      }
      keys.set(key.thumbprint, key);
      own(key.thumbprint, name);
    }
  };
  for (const [name, { thumbprints = [] }] of agents) {
    for (const thumbprint of thumbprints) own(thumbprint, name);
  }
  let loading: Promise<unknown> | undefined = Promise.all(
    agents.map(([name, entry]) => load(name, entry)),
  ).finally(() => (loading = undefined));
  return {
    find: (keyid) =>
      loading === undefined ? keys.get(keyid) : loading.then(() => keys.get(keyid)),
    botOf: (keyid) => owners.get(keyid),
  };
}
