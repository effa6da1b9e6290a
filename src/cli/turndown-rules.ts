import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { ConfigureTurndown } from "../features/markdown/turndown/service.ts";
import { UsageError } from "./usage.ts";

/** An operator's turndown rules: the function that a module exports by default. */
export async function readTurndownRules(
  file: string | undefined,
): Promise<ConfigureTurndown | undefined> {
  if (file === undefined) return undefined;
  let found: { readonly default?: unknown };
  try {
    found = (await import(pathToFileURL(resolve(file)).href)) as typeof found;
  } catch (error) {
    throw new UsageError(`can't load ${file}: ${error instanceof Error ? error.message : "?"}`);
  }
  const { default: configure } = found;
  if (typeof configure !== "function") {
    throw new UsageError(`${file} exports no function by default that takes a turndown service`);
  }
  return (service) => void configure(service);
}
