import { CHECK_IDS } from "../../../audit/model.ts";
import { AUDIT_PROFILES } from "../../../audit/profiles.ts";
import { NoSite } from "../../../audit/site.ts";
import { auditSite, type FullReport } from "../audit-site.ts";
import { chosenChecks, siteUrl } from "../choice.ts";
import { ALL_FURTHER } from "../further-checks.ts";
import { formatForAgents } from "../report-markdown.ts";
import { createRequester, type RequesterOptions } from "../requester.ts";
import { UsageError } from "../../usage.ts";

/** The name of the only tool, as the public scanner has it. */
export const SCAN_SITE = "scan_site";

/** The input of the tool, in the form of the public scanner. */
export const SCAN_INPUT = {
  type: "object",
  properties: {
    url: { type: "string", maxLength: 2000, description: "The site, or a page of it." },
    profile: {
      enum: Object.keys(AUDIT_PROFILES),
      description: "A group of checks; all by default.",
    },
    enabledChecks: {
      type: "array",
      maxItems: 50,
      items: { enum: [...CHECK_IDS, ...ALL_FURTHER.map(({ id }) => id)] },
      description: "The checks to run; takes precedence over a profile.",
    },
    format: {
      enum: ["json", "agent"],
      description: '"agent": only what to do about failing checks, as markdown.',
    },
  },
  required: ["url"],
  additionalProperties: false,
} as const;

/** The arguments of a call, which SCAN_INPUT describes. */
export interface ScanArguments {
  readonly url: string;
  readonly profile?: string;
  readonly enabledChecks?: readonly string[];
  readonly format?: "json" | "agent";
}

/** The result of a call. */
export interface ScanResult {
  readonly text: string;
  readonly isError: boolean;
}

export interface ScannerOptions extends Pick<
  RequesterOptions,
  "allowsPrivate" | "time" | "lookup"
> {
  readonly dns: string | undefined;
  readonly maxPages: number;
  /** Audits at the same time. */
  readonly concurrent: number;
}

/** Runs audits for clients: as many at a time as it may, and one of each host. */
export class Scanner {
  readonly #options: ScannerOptions;
  readonly #hosts = new Set<string>();

  constructor(options: ScannerOptions) {
    this.#options = options;
  }

  /** Audits a site; never rejects because of the arguments or the site. */
  async scan(given: ScanArguments, signal: AbortSignal): Promise<ScanResult> {
    try {
      const start = siteUrl(given.url);
      const enabled = chosenChecks(given.enabledChecks?.join(","), given.profile);
      const { concurrent } = this.#options;
      if (this.#hosts.has(start.host)) return failed(`an audit of ${start.host} is in progress`);
      if (this.#hosts.size >= concurrent)
        return failed(`${concurrent} audits are in progress; try again in a minute`);
      this.#hosts.add(start.host);
      try {
        const report = await this.#audit(start, enabled, signal);
        const isForAgents = given.format === "agent";
        return {
          text: isForAgents ? formatForAgents(report) : JSON.stringify(report),
          isError: false,
        };
      } finally {
        this.#hosts.delete(start.host);
      }
    } catch (error) {
      if (error instanceof NoSite || error instanceof UsageError) return failed(error.message);
      throw error;
    }
  }

  async #audit(start: URL, enabled: ReadonlySet<string>, signal: AbortSignal): Promise<FullReport> {
    const { dns, maxPages, concurrent: _, ...more } = this.#options;
    const requester = createRequester({ ...more, signal });
    try {
      return await auditSite({
        start,
        enabled,
        dns,
        ignoresRobots: false,
        requester,
        onCheck() {},
        further: { maxPages, invent: () => crypto.randomUUID() },
      });
    } finally {
      requester.close();
    }
  }
}

const failed = (text: string): ScanResult => ({ text, isError: true });
