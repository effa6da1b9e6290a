import { createApp, type App } from "../../app.ts";
import { describeDefect } from "../../telemetry/describe-error.ts";
import { secondsOf } from "../../timing/duration.ts";
import { ForwardedCensus } from "../forwarded-census.ts";
import { createRelays, type Relay } from "./relay.ts";
import { reviveOnNode } from "./origin-body.ts";
import type { NodePlatform, NodeSettings } from "./settings.ts";
import { Upstream } from "./upstream.ts";

/** The proxy under one version of the rules; a request ends under the version of its start. */
export interface NodeVersion {
  readonly app: App;
  readonly relay: Relay;
  /** The relay of the operator's listener. */
  readonly operatorRelay: Relay;
  readonly upstream: Upstream;
  readonly census: ForwardedCensus;
  /** Milliseconds that the content of a request may stall. */
  readonly idle: number;
  /**
   * Milliseconds after which a whole request has a response, even if the origin server sends none.
   */
  readonly responseTimeout: number;
}

/** Seconds beyond the origin server's timeouts. */
const MARGIN = 2;

/** @param before the previous version, whose unchanged parts are reused */
export function createVersion(
  settings: NodeSettings,
  platform: NodePlatform,
  before?: NodeVersion,
): NodeVersion {
  const { log } = platform;
  const census = before?.census ?? new ForwardedCensus();
  const upstream =
    before?.upstream.suits(settings) === true ? before.upstream : new Upstream(settings, log);
  const app = createApp(
    settings,
    {
      cache: { revive: reviveOnNode, hasCodedBytes: true },
      ...platform,
      askOrigin: upstream.askOwn,
      describeOrigins: () => upstream.describe(),
      describeClients: () => census.describe(settings.rules.agents.trustedProxyHops),
    },
    before?.app,
  );
  const background = (work: Promise<unknown>): void => {
    work.catch((error: unknown) => log.warn("background-failed", { error: describeDefect(error) }));
  };
  const relays = createRelays({
    app,
    settings,
    tokens: { admin: platform.adminToken, purge: platform.purgeToken },
    upstream,
    census,
    background,
  });
  const { connect, head, idle: mostIdle } = settings.rules.timeouts;
  const idle = secondsOf(mostIdle) * 1000;
  const responseTimeout = (secondsOf(connect) + secondsOf(head) + MARGIN) * 1000;
  return {
    app,
    relay: relays.site,
    operatorRelay: relays.operator,
    upstream,
    census,
    idle,
    responseTimeout,
  };
}
