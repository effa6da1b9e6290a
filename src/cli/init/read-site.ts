import { isIP } from "node:net";
import { lookupAll, type LookupAll } from "../../agent/public-fetch-node.ts";
import { isPublicAddress } from "../../agent/public-address.ts";
import { NoSite, openSite } from "../../audit/site.ts";
import { parseValidBots } from "../../rules/parse.ts";
import type { AuditProgress } from "../audit/audit-progress.ts";
import { AUDIT_FIELDS } from "../audit/audit-site.ts";
import { createRequester } from "../audit/requester.ts";
import { builtInBots } from "../rules-file.ts";
import { UsageError } from "../usage.ts";
import { surveySite, type SiteSurvey } from "./survey.ts";

interface ReadOptions {
  readonly maxPages: number;
  readonly time: number;
  readonly ignoresRobots: boolean;
  readonly progress: AuditProgress;
  /** @default the operating system's */
  readonly lookup?: LookupAll;
}

/** Reads a site within the bounds. Throws a UsageError if its home page can't be read. */
export async function readSite(
  start: URL,
  { maxPages, time, ignoresRobots, progress, lookup = lookupAll }: ReadOptions,
): Promise<SiteSurvey> {
  const isLocal = await isInner(start, lookup);
  const requester = createRequester({
    allowsPrivate: isLocal,
    time,
    lookup,
    onRequest: (count) => progress.request(count),
  });
  try {
    const bots = parseValidBots(builtInBots()) ?? [];
    const options = { send: requester.send, headers: AUDIT_FIELDS, ignoresRobots };
    const site = await openSite(start, options);
    const onPart = (name: string): void => progress.check(name);
    return await surveySite(site, { maxPages, isLocal, bots, onPart });
  } catch (error) {
    if (!(error instanceof NoSite)) throw error;
    throw new UsageError(error.message);
  } finally {
    requester.close();
    progress.end();
  }
}

/** Whether a host is on this machine or in an inner network, so that such addresses may be requested. */
async function isInner({ hostname }: URL, lookup: LookupAll): Promise<boolean> {
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  if (isIP(host) !== 0) return !isPublicAddress(host);
  return new Promise((resolve) => {
    lookup(host, (_error, addresses) =>
      resolve(addresses.some(({ address }) => !isPublicAddress(address))),
    );
  });
}
