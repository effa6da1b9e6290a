import type { CheckContext } from "../../audit/check.ts";
import type { FurtherContext } from "../../audit/further/further-check.ts";
import type { CheckedItem } from "../../audit/model.ts";
import { checkItem, scanSite, type AuditReport } from "../../audit/run.ts";
import { AUDIT_TOKEN } from "../../audit/robots-facts.ts";
import { openSite } from "../../audit/site.ts";
import { findSigns } from "../../audit/signs.ts";
import { ALL_FURTHER } from "./further-checks.ts";
import type { Requester } from "./requester.ts";

/** An audit with the checks beyond the public scanner. */
export interface FullReport extends AuditReport {
  readonly further: Readonly<Record<string, CheckedItem>>;
}

export interface AuditOptions {
  readonly start: URL;
  /** Ids of the checks to run, ours included. */
  readonly enabled: ReadonlySet<string>;
  readonly dns: string | undefined;
  readonly ignoresRobots: boolean;
  readonly requester: Requester;
  readonly onCheck: (id: string) => void;
  /** The parts of the checks beyond the scanner; without them, these are left out. */
  readonly further?: Omit<FurtherContext, keyof CheckContext>;
}

/** The fields of each request of an audit. */
export const AUDIT_FIELDS = {
  "user-agent": `Mozilla/5.0 (compatible; ${AUDIT_TOKEN}/1.0)`,
  "accept-encoding": "gzip, br",
} as const;

/** Audits a site. Throws NoSite if its home page can't be read. */
export async function auditSite(options: AuditOptions): Promise<FullReport> {
  const { start, enabled, dns, ignoresRobots, requester, onCheck } = options;
  const now = Date.now;
  const site = await openSite(start, {
    send: requester.send,
    headers: AUDIT_FIELDS,
    ignoresRobots,
  });
  const report = await scanSite(site, { enabled, dns, now, onCheck });
  const further: Record<string, CheckedItem> = {};
  if (options.further !== undefined) {
    const parts = options.further;
    const signs = () => findSigns(site);
    for (const check of ALL_FURTHER) {
      const { id } = check;
      if (!enabled.has(id)) continue;
      onCheck(id);
      const { isCommerce } = report;
      further[id] = await checkItem(
        { site, isCommerce, dns, signs },
        (context) => check.run({ ...context, ...parts }),
        now,
      );
    }
  }
  return { ...report, further };
}
