import { comparable, type Sameness } from "../../features/canonical-redirect/canonical.ts";
import {
  decideDestination,
  type ChainAddress,
  type KnownDestination,
  type NextHop,
} from "../../features/canonical-redirect/destination.ts";
import { isNear } from "../../features/canonical-redirect/near.ts";
import { kindOfStay, KIND_NAMES, type FindingKind } from "./kinds.ts";
import { sharedTargets } from "./many-to-one.ts";
import type { WalkedPage } from "./page.ts";
import type { Walk } from "./walk.ts";

export interface Finding {
  readonly kind: FindingKind;
  readonly from: string;
  readonly canonical?: string;
  /** The target to which a crawler would be redirected. */
  readonly to?: string;
  /** The canonical's status, if it was requested; 0 for no response. */
  readonly status?: number;
  readonly source?: string;
}

const MAX_CHAIN = 5;

/** Reports for each page of the crawl what the proxy would do, and what is wrong with its canonical. */
export function reportOn(walk: Walk, sameness: Sameness): Finding[] {
  const shared = sharedTargets(walk.pages, sameness);
  const findings = [...walk.pages].flatMap(([key, page]) => {
    const finding = findingOf(key, page, walk, sameness, shared);
    return finding === undefined ? [] : [finding];
  });
  return findings.toSorted(
    (a, b) => KIND_NAMES.indexOf(a.kind) - KIND_NAMES.indexOf(b.kind) || (a.from < b.from ? -1 : 1),
  );
}

function findingOf(
  key: string,
  page: WalkedPage,
  { pages, errorPages }: Walk,
  sameness: Sameness,
  shared: ReadonlySet<string>,
): Finding | undefined {
  const { url: from, canonical, about: own } = page;
  if (canonical === undefined) return undefined;
  if (canonical.kind === "stays") {
    const { named, reason } = canonical;
    const stayed = kindOfStay(reason, from, named);
    const kind = stayed === "missing" && own?.isScripted === true ? "script-only" : stayed;
    return { kind, from, ...(named === undefined ? {} : { canonical: named }) };
  }
  const keyOf = (href: string): string => comparable(new URL(href), sameness);
  const stopAt = (href: string): ChainAddress => {
    const at = keyOf(href);
    return { key: at, step: errorPages.has(at) ? ERROR_PAGE : stepOf(pages.get(at)) };
  };
  const { to: named, source } = canonical;
  const target = pages.get(keyOf(named));
  const status = target?.status;
  const about = { from, canonical: named, source, ...(status === undefined ? {} : { status }) };
  const bounds = { maxChain: MAX_CHAIN, cameFrom: new Set<string>() };
  const end = decideDestination(key, named, stopAt, bounds);
  if (end.kind === "redirect") {
    const to = end.to;
    return { kind: kindOfRedirect(end.hops, page, target, keyOf(named), shared), ...about, to };
  }
  const to = target?.location === undefined ? {} : { to: target.location };
  if (end.kind === "declined" && isUnfilled(named)) return { kind: "placeholder", ...about, ...to };
  return { kind: end.kind === "declined" ? kindOfReason(end) : "loop", ...about, ...to };
}

/** Whether an address ends in a value that a template writes if it has none. */
function isUnfilled(href: string): boolean {
  return /\/(?:undefined|null|nan|none|nil|\[object)[^/]*\/?$/i.test(new URL(href).pathname);
}

const ERROR_PAGE: NextHop = { kind: "unfit", why: "error-page" };

function kindOfRedirect(
  hops: number,
  { about: own }: WalkedPage,
  target: WalkedPage | undefined,
  key: string,
  shared: ReadonlySet<string>,
): FindingKind {
  if (target !== undefined && target.status !== 200) return "target-not-200";
  if (shared.has(key)) return "many-to-one";
  if (isOtherLanguage(own?.language, target?.about?.language)) return "other-language";
  return hops > 1 ? "chain" : "redirect";
}

/** Whether two pages state different languages, by their primary subtags. */
function isOtherLanguage(one: string | undefined, other: string | undefined): boolean {
  const [a, b] = [one, other].map((tag) => tag?.split("-", 1)[0]);
  return a !== undefined && b !== undefined && a !== "" && b !== "" && a !== b;
}

function stepOf(facts: WalkedPage | undefined): NextHop {
  if (facts === undefined) return { kind: "ends" };
  const { url, status, location, canonical, isHidden } = facts;
  if (status >= 300 && status < 400 && location !== undefined) {
    const [from, to] = [new URL(url), new URL(location)];
    const isOurs = to.origin === from.origin;
    const isLasting = status === 301 || status === 308;
    return isOurs
      ? { kind: "moved", to: location, isLasting, isNear: isNear(from, to) }
      : { kind: "unfit", why: "redirects-elsewhere" };
  }
  if (status !== 200) return { kind: "gone" };
  const isPage = !isHidden;
  if (canonical?.kind === "elsewhere") return { kind: "canonical", to: canonical.to, isPage };
  return isPage ? { kind: "ends" } : { kind: "unfit", why: "not-indexed" };
}

function kindOfReason({
  reason,
  why,
}: Extract<KnownDestination, { kind: "declined" }>): FindingKind {
  switch (reason) {
    case "canonical-target-missing":
      return "target-not-200";
    case "canonical-target-unfit":
      if (why === "not-indexed") return "target-noindex";
      return why === "error-page" ? "target-error-page" : "target-not-200";
    case "canonical-chain-too-long":
      return "chain-too-long";
    case "canonical-loop":
    case "canonical-leads-back":
    case "canonical-target-unknown":
    case "came-from-canonical":
      return "loop";
  }
}

/** The number of findings of each kind. */
export function countKinds(findings: readonly Finding[]): Record<FindingKind, number> {
  const counts = Object.fromEntries(KIND_NAMES.map((kind) => [kind, 0])) as Record<
    FindingKind,
    number
  >;
  for (const { kind } of findings) counts[kind] += 1;
  return counts;
}
