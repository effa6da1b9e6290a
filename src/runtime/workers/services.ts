import type { OutsideServices } from "../../feature/parts.ts";
import type { Env } from "./env.ts";

/** Services of others that the rules name, on Workers; secrets are those of the Worker. */
export function workerServices(env: Env): OutsideServices {
  const variables: Readonly<Record<string, unknown>> = { ...env };
  return {
    fetch: (url, init) => fetch(url, init),
    secret: (name) => {
      const value = variables[name];
      return typeof value === "string" ? value : undefined;
    },
  };
}
