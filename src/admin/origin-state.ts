import { FieldList } from "../http/fields.ts";
import { OriginError, type OwnOriginClient } from "../pipeline/exchange.ts";
import type { Log } from "../telemetry/log.ts";
import { explainOriginError } from "../telemetry/cause.ts";
import { within } from "../timing/timeout.ts";

/** Milliseconds for which a result is reused. */
const REUSE = 2000;
/** Milliseconds that a check may take, since requests for `ready` wait for it. */
const CHECK_TIMEOUT = 5000;

/** The state of the origin server. */
export interface OriginState {
  /** Checks if the origin server is reachable. */
  readonly isUp: () => Promise<boolean>;
  /** The result of the last check. */
  describe(): OriginHealth;
}

/** The facts that the proxy has about the origin server, without a request to it. */
export interface OriginHealth {
  readonly server: string | null;
  /** Null if it was not checked yet. */
  readonly up: boolean | null;
  /** In UTC. */
  readonly checked: string | null;
}

/**
 * Creates a test of whether the origin server is reachable: it sends `HEAD /`, at most every two
 * seconds, and any response counts. It logs each change, with the reason, and never rejects.
 */
export function createOriginCheck(options: {
  /** Undefined if the origin is another handler, which always counts as up. */
  readonly ask: OwnOriginClient | undefined;
  readonly originServer: string | undefined;
  readonly rules: { readonly publicOrigin?: string | undefined };
  readonly log: Log;
}): OriginState {
  const { ask, originServer: origin, rules, log } = options;
  let known: { readonly isUp: boolean; readonly at: number } | undefined;
  const stateBy = (isUp: OriginState["isUp"]): OriginState => ({
    isUp,
    describe: () => ({
      server: origin ?? null,
      up: known?.isUp ?? null,
      checked: known === undefined ? null : new Date(known.at).toISOString(),
    }),
  });
  if (ask === undefined) return stateBy(async () => true);
  const publicHost = new URL(rules.publicOrigin ?? origin ?? "http://localhost").host;
  let checking: Promise<boolean> | undefined;

  const check = async (): Promise<boolean> => {
    const error = await withinTimeout(
      ask({ method: "HEAD", target: "/", fields: new FieldList() }, publicHost),
    );
    if (error !== undefined && !(error instanceof OriginError)) {
      // A failure of the proxy, such as a connection closed at a stop, is not the origin server's.
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

  return stateBy(async () => {
    if (known !== undefined && Date.now() - known.at < REUSE) return known.isUp;
    checking ??= check().finally(() => (checking = undefined));
    return checking;
  });
}

async function withinTimeout(asked: Promise<{ body: { release(): void } | null }>) {
  const answered = asked.then(
    ({ body }) => {
      body?.release();
      return undefined;
    },
    (error: unknown) => error,
  );
  return within(CHECK_TIMEOUT, answered, () => new OriginError("timeout-head", "head"));
}
