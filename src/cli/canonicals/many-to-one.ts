import { comparable, type Sameness } from "../../features/canonical-redirect/canonical.ts";
import { likeness, titleLikeness } from "../../features/canonical-redirect/text-sketch.ts";
import type { WalkedPage } from "./page.ts";

/** Pages from which a common target is a fault, if they are more than this share of the pages. */
const FEW = 3;
const SHARE = 0.3;
/** Pages from which it is one on any site: the proxy's `valve.sources`. */
const MANY = 20;

/** The keys of targets that many unlike pages with different paths name. */
export function sharedTargets(
  pages: ReadonlyMap<string, WalkedPage>,
  sameness: Sameness,
): ReadonlySet<string> {
  const sources = new Map<string, Set<string>>();
  let count = 0;
  for (const page of pages.values()) {
    if (page.canonical === undefined) continue;
    count += 1;
    if (page.canonical.kind !== "elsewhere") continue;
    const key = comparable(new URL(page.canonical.to), sameness);
    const target = pages.get(key);
    if (target?.about === undefined || !isUnlike(page, target)) continue;
    const paths = sources.get(key) ?? new Set();
    sources.set(key, paths.add(comparable(new URL(page.url), sameness)));
  }
  const shared = [...sources].filter(
    ([, { size }]) => size >= MANY || (size >= FEW && size > SHARE * count),
  );
  return new Set(shared.map(([key]) => key));
}

/** Whether two pages differ in title, or else in text; other parameters of one path do not count. */
function isUnlike({ url, about: one }: WalkedPage, { url: to, about: other }: WalkedPage): boolean {
  if (one === undefined || other === undefined) return false;
  const [from, target] = [new URL(url), new URL(to)];
  if (from.pathname === target.pathname && target.pathname !== "/") return false;
  const hasTitles = one.title !== "" && other.title !== "";
  if (hasTitles && titleLikeness(one.title, other.title) < 0.75) return true;
  return likeness(one.sketch, other.sketch) < 0.5;
}
