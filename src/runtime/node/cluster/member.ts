import cluster from "node:cluster";
import process from "node:process";
import type { HealthDetails, RefusedRules } from "../../../admin/health.ts";
import { joinHealth } from "../../../admin/health-of-several.ts";
import type { Siblings } from "../../../platform.ts";
import type { MetricValues } from "../../../telemetry/metrics/several.ts";
import type { RulesText } from "../../rules-in-force.ts";
import type { AlertNews } from "./alerts.ts";
import { ProcessChannel } from "./channel.ts";
import {
  NUMBER,
  PROTOCOL,
  type Beginning,
  type ProcessEnding,
  type Gathered,
  type Serving,
} from "./calls.ts";
import { fetchesBy } from "./fetches.ts";
import { flightsBy } from "./flights.ts";
import type { ProcessFigures } from "./figures.ts";

/** Milliseconds for answers of the first process, which waits for the others no longer than half. */
const TIMEOUT = 3000;
/** Milliseconds for a list or a directory, longer than the first process waits for it. */
const FETCH_TIMEOUT = 12_000;
/** Milliseconds for responses under way after the first process was killed. */
const LAST_GRACE = 2000;

/** The functions of a process that the first one calls. */
interface MemberActs {
  /** Puts rules in force. Rejects if they can't be applied. */
  readonly force: (rules: RulesText) => Promise<void>;
  readonly reopen: () => void;
  /** Replaces the key of TLS session tickets, in base64. */
  readonly useTicketKey: (key: string) => void;
}

/** This process as one of several that serve. */
export interface ClusterMember {
  readonly beginning: Beginning;
  readonly siblings: Siblings;
  /** Makes the metrics those of all processes. @param own returns the figures of this one */
  metrics(own: () => ProcessFigures): () => Promise<readonly MetricValues[]>;
  /** Reports the figures of a process that ends. */
  last(figures: ProcessFigures): Promise<void>;
  serve(said: Omit<Serving, "protocol">, acts: MemberActs): void;
  /** Fetches lists and directories by the first process. */
  readonly fetches: ReturnType<typeof fetchesBy>;
  tellAlert(news: AlertNews): void;
  /** The newest rules, if they were refused. */
  refused(): RefusedRules | undefined;
  /** Resolves when this process is to end. */
  readonly ending: Promise<ProcessEnding>;
  /** Lets go of the first process, so that this one can end. */
  leave(): void;
}

/** Whether this process is one of several that serve. */
export function isMember(env: Readonly<Record<string, string | undefined>>): boolean {
  return cluster.isWorker && env[NUMBER] !== undefined;
}

/** Joins the processes of which this is one. */
export async function joinProcesses(): Promise<ClusterMember> {
  const channel = new ProcessChannel({
    send: (message, done) => {
      if (process.connected) process.send?.(message, undefined, {}, done);
      else done(new Error("the first process has ended"));
    },
    onMessage: (listener) => void process.on("message", listener),
  });
  // A terminal and a process manager may signal the whole group; the first process decides.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR2"]) process.on(signal, () => {});
  const { promise: ending, resolve: end } = Promise.withResolvers<ProcessEnding>();
  let isEnding = false;
  channel.on("end", (how: ProcessEnding) => {
    isEnding = true;
    end(how);
  });
  cluster.worker?.on("disconnect", () => {
    if (cluster.worker === undefined || isEnding) return;
    // Otherwise Node would end this process at once.
    cluster.worker.exitedAfterDisconnect = true;
    end({ grace: LAST_GRACE, patience: 0 });
    setTimeout(() => process.exit(), LAST_GRACE + 1000).unref();
  });
  const beginning = await channel.ask<Beginning>("begin", {}, TIMEOUT);
  let { refused } = beginning;
  channel.on("refused", (rules: RefusedRules | null) => void (refused = rules));
  return {
    beginning,
    siblings: siblingsBy(channel),
    fetches: fetchesBy((wanted) => channel.ask("fetch", wanted, FETCH_TIMEOUT)),
    tellAlert: (news) => channel.tell("alert", news),
    refused: () => refused ?? undefined,
    metrics: (own) => {
      channel.on("figures", own);
      return () => channel.ask<readonly MetricValues[]>("metrics", own(), TIMEOUT);
    },
    last: (figures) => channel.ask<void>("last", figures, TIMEOUT).catch(() => {}),
    serve: (said, { force, reopen, useTicketKey }) => {
      channel.on("ticket-key", useTicketKey);
      channel.on("rules", force);
      channel.on("reopen", reopen);
      channel.tell("serving", { ...said, protocol: PROTOCOL });
    },
    ending,
    leave: () => {
      if (cluster.worker !== undefined) cluster.worker.exitedAfterDisconnect = true;
      if (process.connected) process.disconnect();
    },
  };
}

/** A piece of news for other processes. */
export interface News {
  readonly news: string;
  readonly data: unknown;
}

function siblingsBy(channel: ProcessChannel): Siblings {
  const known = new Map<string, (data: never) => unknown>();
  channel.on("news", ({ news, data }: News) => known.get(news)?.(data as never));
  return {
    tell: (news, data) => channel.ask<void>("news", { news, data }, TIMEOUT).catch(() => {}),
    on: (news, take) => void known.set(news, take),
    flights: flightsBy(channel),
    health: (own) => {
      channel.on("health", own);
      return async () => {
        const mine = { pid: process.pid, report: own() };
        const { reports, silent } = await channel
          .ask<Gathered<HealthDetails>>("health", {}, TIMEOUT)
          .catch(() => ({ reports: [], silent: [] }));
        return joinHealth([mine, ...reports], silent);
      };
    },
  };
}
