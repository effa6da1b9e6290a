import type { Answer } from "./exchange.ts";
import { ExchangeValue } from "./exchange-value.ts";
import type { ExchangeRun } from "./exchange-run.ts";

/**
 * Cache-Control of the response as it came from the origin server or a store, before features decide;
 * noted only if a stage that edits fields is on.
 */
export const receivedCaching = new ExchangeValue<{ readonly cacheControl: string | undefined }>();

/** Notes Cache-Control for the stages that edit fields at the end. */
export function noteCaching({ exchange, turns }: ExchangeRun, { fields }: Answer): void {
  if (!turns.some(({ stage }) => stage.editsFields)) return;
  receivedCaching.set(exchange, { cacheControl: fields.get("cache-control") });
}
