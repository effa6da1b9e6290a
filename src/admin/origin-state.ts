import { FieldList } from "../http/fields.ts";
import { OriginError, type OwnOriginClient } from "../pipeline/exchange.ts";
import type { Log } from "../telemetry/log.ts";
import { explainOriginError } from "../telemetry/explain-origin.ts";
import { within } from "../timing/timeout.ts";

/** Whether the origin server can be reached, as far as is known. */
export interface OriginState {
  /** Looks, if nobody has within the last seconds; never rejects. */
  isUp(): Promise<boolean>;
}

/** Milliseconds for which what was found counts. */
const FRESH = 2000;
/** Milliseconds that a look may take: whoever asks whether we are ready does not wait for long. */
const PATIENCE = 5000;

/**
 * Asks the origin server for `/` with HEAD; any response means that it is up. A change is logged once,
 * with the reason.
 */
export function createOriginState(options: {
  /** Undefined if the origin is no server; then it is up. */
  readonly ask: OwnOriginClient | undefined;
  readonly originServer: string | undefined;
  readonly rules: { readonly publicOrigin?: string | undefined };
  readonly log: Log;
}): OriginState {
  const { ask, originServer: origin, rules, log } = options;
  if (ask === undefined) return { isUp: async () => true };
  const publicHost = new URL(rules.publicOrigin ?? origin ?? "http://localhost").host;
  let known: { readonly isUp: boolean; readonly at: number } | undefined;
  let looking: Promise<boolean> | undefined;

  const look = async (): Promise<boolean> => {
    const error = await withinPatience(
      ask({ method: "HEAD", target: "/", fields: new FieldList() }, publicHost),
    );
    if (error !== undefined && !(error instanceof OriginError)) {
      // A failure of the proxy, such as a connection closed at a stop, says nothing of the origin server.
      const cause = error instanceof Error ? error.message : typeof error;
      log.warn("origin-check-failed", { origin, cause });
      return known?.isUp ?? false;
    }
    const isUp = error === undefined;
    if (!isUp && known?.isUp !== false) {
      log.warn("origin-down", { origin, code: error.code, cause: explainOriginError(error) });
    }
    if (isUp && known?.isUp === false) log.info("origin-up", { origin });
    known = { isUp, at: Date.now() };
    return isUp;
  };

  return {
    async isUp() {
      if (known !== undefined && Date.now() - known.at < FRESH) return known.isUp;
      looking ??= look().finally(() => (looking = undefined));
      return looking;
    },
  };
}

async function withinPatience(asked: Promise<{ body: { release(): void } | null }>) {
  const answered = asked.then(
    ({ body }) => {
      body?.release();
      return undefined;
    },
    (error: unknown) => error,
  );
  return within(PATIENCE, answered, () => new OriginError("timeout-head", "head"));
}
