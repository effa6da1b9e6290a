import * as v from "valibot";
import type { PlatformVerdict } from "./agent.ts";
import { botSchema, type Bot } from "./bots.ts";

type Category = Bot["category"];
type Behaviour = Bot["behaviours"][number];

/** The bots of our table that a category of the platform can mean. */
interface Meaning {
  /** Ours first that an unlisted bot of the category gets. */
  readonly categories: readonly [Category, ...Category[]];
  /** The purpose that the category states; a bot of another category can have it too. */
  readonly behaviour?: Behaviour;
}

const SEARCH: Meaning = {
  categories: ["Search Engine Crawler", "AI Search"],
  behaviour: "Search",
};
const TRAINING: Meaning = { categories: ["AI Crawler"], behaviour: "Training" };
const AGENT: Meaning = { categories: ["AI Assistant"], behaviour: "Agent" };
const FEEDS: Meaning = { categories: ["Feed Fetcher", "Aggregator"] };
const PREVIEW: Meaning = { categories: ["Page Preview", "Social Media Marketing"] };
const ADS: Meaning = { categories: ["Advertising & Marketing"] };
const MONITORING: Meaning = {
  categories: ["Monitoring & Analytics", "Search Engine Optimization"],
};
const SEO: Meaning = { categories: ["Search Engine Optimization", "Monitoring & Analytics"] };

/** Cloudflare's categories, and its behaviours since July 2026, by their words in `keyOf`. */
const MEANINGS = new Map<string, Meaning>([
  ["ai crawler", TRAINING],
  ["training", TRAINING],
  ["ai search", { categories: ["AI Search", "Search Engine Crawler"], behaviour: "Search" }],
  ["search engine crawler", SEARCH],
  ["search", SEARCH],
  ["ai assistant", AGENT],
  ["agent", AGENT],
  ["transact", AGENT],
  ["archiver", { categories: ["Archiver", "Academic Research"] }],
  ["academic research", { categories: ["Academic Research", "Archiver"] }],
  ["aggregator", { categories: ["Aggregator", "Feed Fetcher"] }],
  ["feed fetcher", FEEDS],
  ["feed fetching", FEEDS],
  ["page preview", PREVIEW],
  ["social link preview", PREVIEW],
  ["social media marketing", { categories: ["Social Media Marketing", "Page Preview"] }],
  ["advertising marketing", ADS],
  ["ad verification", ADS],
  ["monitoring analytic", MONITORING],
  ["monitoring operation", MONITORING],
  ["search engine optimization", SEO],
  ["seo", SEO],
  ["security", { categories: ["Security"] }],
  ["security testing", { categories: ["Security"] }],
  ["webhook", { categories: ["Webhooks"] }],
  ["accessibility", { categories: ["Accessibility"] }],
  ["other", { categories: ["Other"] }],
]);

/** Cloudflare writes "Aggregators", "Monitoring or Analytics", "Search engine crawler". */
function keyOf(category: string): string {
  const words =
    category
      .slice(0, 64)
      .toLowerCase()
      .match(/[a-z]+/g) ?? [];
  const named = words.filter((word) => word !== "or" && word !== "and");
  return named.map((word) => word.replace(/s$/, "")).join(" ");
}

/** Whether the platform's verdict, a category, can mean a bot that the User-Agent names. */
export function fitsVerdict({ category }: PlatformVerdict, bot: Bot): boolean {
  if (category === undefined) return true;
  const meaning = MEANINGS.get(keyOf(category));
  if (meaning === undefined) return false;
  const { categories, behaviour } = meaning;
  return (
    categories.includes(bot.category) ||
    (behaviour !== undefined && bot.behaviours.includes(behaviour))
  );
}

/** A bot that the platform has verified and the table does not list; undefined without category. */
export function botOfVerdict({ category }: PlatformVerdict): Bot | undefined {
  const meaning = category === undefined ? undefined : MEANINGS.get(keyOf(category));
  return meaning === undefined ? undefined : UNLISTED.get(meaning);
}

const UNLISTED: ReadonlyMap<Meaning, Bot> = new Map(
  [...new Set(MEANINGS.values())].map((meaning) => {
    const [category] = meaning.categories;
    const bot = v.parse(botSchema, {
      name: `${category} verified by Cloudflare`,
      operator: "verified by Cloudflare",
      category,
      behaviours: meaning.behaviour === undefined ? [] : [meaning.behaviour],
    });
    return [meaning, bot];
  }),
);
