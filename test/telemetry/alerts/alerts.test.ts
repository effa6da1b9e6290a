import { describe, expect, it } from "vitest";
import { ALERTS } from "../../../src/rules/telemetry-schema.ts";
import type { Agent } from "../../../src/agent/agent.ts";
import type { AlertReport } from "../../../src/telemetry/alerts/alert-states.ts";
import { Alerts } from "../../../src/telemetry/alerts/alerts.ts";
import { AlertWebhook } from "../../../src/telemetry/alerts/alert-webhook.ts";
import type { EventDraft } from "../../../src/telemetry/event.ts";
import { silentLog } from "../../../src/telemetry/log.ts";

const SETTLE = 60_000;

function watched(on: readonly (typeof ALERTS)[number][] = ALERTS) {
  const clock = { now: 1_000_000_000 };
  const reports: AlertReport[] = [];
  const alerts = new Alerts(
    (report) => void reports.push(report),
    () => clock.now,
  );
  alerts.configure({ on, impostors: 3, settle: SETTLE });
  const log = alerts.watch(silentLog);
  const told = (): string[] => reports.map(({ alert, state }) => `${alert} ${state}`);
  const later = (milliseconds: number): void => {
    clock.now += milliseconds;
    alerts.tick();
  };
  const ended = (draft: Partial<EventDraft>): void => {
    const known = { decisions: [], end: "sent", cause: undefined, trace: undefined } as const;
    const rest = { originStatus: undefined, originName: undefined, agent: undefined };
    expect(alerts.sink.wants?.({ ...known, ...rest, ...draft })).toBe(false);
  };
  return { log, reports, told, later, ended, alerts };
}

const FAILED = { cause: { kind: "origin", code: "refused", phase: "connect" } } as const;

describe("alerts", () => {
  it("tell once that the origin server is down, and once that it is up for a while", () => {
    const { ended, told, later, reports } = watched();
    for (let i = 0; i < 4; i++) ended(FAILED);
    expect(told()).toEqual([]);
    for (let i = 0; i < 100; i++) ended({ ...FAILED, originName: "shop" });
    expect(told()).toEqual(["origin-down begins"]);
    expect(reports[0]?.facts).toMatchObject({ code: "refused", originName: "shop" });
    // It flaps: no further report.
    for (let i = 0; i < 10; i++) {
      ended({ originStatus: 200 });
      later(SETTLE / 2);
      for (let failure = 0; failure < 5; failure++) ended(FAILED);
    }
    expect(told()).toEqual(["origin-down begins"]);
    ended({ originStatus: 200 });
    later(SETTLE - 1);
    expect(told()).toHaveLength(1);
    later(1);
    expect(told()).toEqual(["origin-down begins", "origin-down ends"]);
  });

  it.each([
    ["store-failing", "store-works", "store-away"],
    ["directories-failing", "directories-work", "directory-failing"],
    ["ip-ranges-stale", "ip-ranges-fresh", "lists-stale"],
    ["canonical-valve-open", "canonical-valve-closed", "valve-closed"],
    ["origin-down", "origin-up", "origin-down"],
  ])("tell of the lines %s and %s in the log", (begins, ends, alert) => {
    const { log, told, later } = watched();
    log.warn(begins, { why: "x" });
    log.warn(begins, { why: "x" });
    log.info(ends, {});
    later(SETTLE);
    expect(told()).toEqual([`${alert} begins`, `${alert} ends`]);
  });

  it("tell of changed rules, but not of the first ones, and count changes in a row", () => {
    const { log, told, later, reports } = watched();
    log.info("rules-in-force", { version: "1" });
    expect(told()).toEqual([]);
    for (const version of ["2", "3", "4"]) log.info("rules-in-force", { version });
    expect(told()).toEqual(["rules-changed happened"]);
    later(SETTLE);
    expect(reports.map(({ count, facts }) => [count, facts["version"]])).toEqual([
      [1, "2"],
      [2, "4"],
    ]);
    later(SETTLE);
    later(SETTLE);
    expect(reports).toHaveLength(2);
  });

  it("tell of impostors from a rate on", () => {
    const { ended, told, later } = watched();
    const agent = { kind: "invalid", bot: undefined, reason: "signature-invalid" } as Agent;
    later(1);
    for (let i = 0; i < 2; i++) ended({ agent });
    later(60_000);
    for (let i = 0; i < 2; i++) ended({ agent });
    expect(told()).toEqual([]);
    for (let i = 0; i < 50; i++) ended({ agent });
    expect(told()).toEqual(["impostors begins"]);
    later(60_000);
    later(60_000);
    later(SETTLE);
    expect(told()).toEqual(["impostors begins", "impostors ends"]);
  });

  it("are only those that the rules choose, and none without a choice", () => {
    const { log, told, alerts } = watched(["store-away"]);
    log.warn("origin-down", {});
    log.warn("store-failing", {});
    expect(told()).toEqual(["store-away begins"]);
    alerts.configure(undefined);
    log.info("auto-dictionary-off", {});
    expect(told()).toHaveLength(1);
  });
});

describe("the webhook of alerts", () => {
  const report: AlertReport = {
    alert: "store-away",
    state: "begins",
    at: 0,
    since: 0,
    count: 1,
    facts: { error: "https://a.example/?token=secret" },
  };

  it("tries four times, waits between attempts, and drops reports beyond a bound", async () => {
    const pauses: number[] = [];
    const lines: string[] = [];
    let requests = 0;
    const log = {
      warn: (event: string, facts: object) => void lines.push(`${event} ${JSON.stringify(facts)}`),
      info() {},
    };
    const webhook = new AlertWebhook({
      url: () => "http://127.0.0.1:9/",
      secret: undefined,
      fetch: (_url, { body }) => {
        requests++;
        expect(body).not.toContain("secret");
        return Promise.resolve(new Response(null, { status: 500 }));
      },
      pause: (milliseconds) => Promise.resolve(void pauses.push(milliseconds)),
      background() {},
      log,
    });
    for (let i = 0; i < 100; i++) webhook.send(report);
    await webhook.pending;
    expect(webhook.pending).toBeUndefined();
    // One is under way while 32 wait.
    expect(requests).toBe(33 * 4);
    expect(pauses.slice(0, 3)).toEqual([1000, 5000, 25_000]);
    expect(lines.at(-1)).toContain("67 alerts were dropped");
  });
});
