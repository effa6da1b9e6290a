import { type Attributes, GivenAttributes, TagAttributes } from "../stream/attributes.ts";
import { textContent } from "./around.ts";
import type { Tape } from "./tape.ts";

/** An element that shows a document of its own. */
export interface Embed {
  /** Its address and title. */
  readonly attributes: Attributes;
  /** Whether its content is read, too: what it holds for clients that can't show it. */
  readonly isRead: boolean;
}

const SOURCES = [
  "src",
  "data-src",
  "data-lazy-src",
  "data-litespeed-src",
  "data",
  "data-href",
] as const;
const TITLES = ["title", "aria-label", "playlabel", "data-title", "alt"] as const;
/** Addresses of players by the elements that have the id of a video only. */
const PLAYERS: Readonly<Record<string, readonly [attribute: string, address: string]>> = {
  "lite-youtube": ["videoid", "https://www.youtube.com/watch?v="],
  "lite-vimeo": ["videoid", "https://vimeo.com/"],
  "amp-youtube": ["data-videoid", "https://www.youtube.com/watch?v="],
  "amp-vimeo": ["data-videoid", "https://vimeo.com/"],
  "amp-dailymotion": ["data-videoid", "https://www.dailymotion.com/video/"],
  "amp-twitter": ["data-tweetid", "https://twitter.com/i/status/"],
  "amp-instagram": ["data-shortcode", "https://www.instagram.com/p/"],
  "amp-pinterest": ["data-pin-id", "https://www.pinterest.com/pin/"],
};
/** Frames that count visitors, show advertisements, or ask if one is a person. */
const NO_CONTENT =
  /^(?:about:|data:|javascript:|$)|googletagmanager\.com|doubleclick\.net|googlesyndication\.com|google\.com\/recaptcha|hcaptcha\.com|challenges\.cloudflare\.com|facebook\.com\/(?:tr|plugins\/like)|amazon-adsystem\.com/i;
/** Words in addresses and titles of frames beside the content; and Flash, which no browser shows. */
const ASIDE =
  /(?:^|[^a-z])(?:y?ads?|adv|adverts?|advertis\w{0,10}|adserver|banners?|sponsor\w{0,4}|tracking|tracker|pixel|beacon|navbar|sticker|share|like|follow|counter)(?:[^a-z]|$)|\.swf$/i;
const LONGEST_LOOKED_AT = 300;
/** What pages say to browsers that show no video. */
const EXCUSE =
  /\b(?:browser|support|javascript|flash|plug-?in|html ?5|iframes?|frames?|download)\b|unterstützt|navigateur|navegador/i;
const LONGEST_EXCUSE = 300;
const MOST_SOURCES = 20;

/** What an embedding element shows; undefined if that is nothing for a reader. */
export function embedOf(tape: Tape, element: number, own: Attributes): Embed | undefined {
  const { name } = tape.kindOf(element);
  // What players of web components hold is shown until they are loaded.
  const isFrame = name === "iframe" || name === "embed" || name.includes("-");
  const text = isFrame ? "" : textContent(tape, element, LONGEST_EXCUSE + 1).trim();
  const isExcuse = text === "" || (text.length <= LONGEST_EXCUSE && EXCUSE.test(text));
  const source = addressOf(name, own) ?? (isFrame ? undefined : childSource(tape, element));
  const title = TITLES.map((each) => own.get(each)?.trim() ?? "").find((each) => each !== "");
  if (source === undefined || isTiny(own) || isAside(source, title)) {
    return isFrame || isExcuse ? undefined : { attributes: new GivenAttributes([]), isRead: true };
  }
  const values: [string, string][] = [["src", source]];
  if (title !== undefined) values.push(["title", title]);
  // An image in an object stands for it.
  const hasImage = name === "object" && hasChild(tape, element, "img");
  const attributes = new GivenAttributes(hasImage ? [] : values);
  return { attributes, isRead: !isExcuse || hasImage };
}

function addressOf(name: string, own: Attributes): string | undefined {
  const player = Object.hasOwn(PLAYERS, name) ? PLAYERS[name] : undefined;
  const id = player === undefined ? undefined : own.get(player[0])?.trim();
  if (player !== undefined && id !== undefined && /^[\w-]{1,64}$/.test(id)) return player[1] + id;
  for (const each of SOURCES) {
    const source = own.get(each)?.trim();
    if (source !== undefined && source !== "" && !/^(?:about|data):/i.test(source)) return source;
  }
  return undefined;
}

/** Whether a frame is an advertisement, a counter or a control: by its title, or else by its address. */
function isAside(source: string, title: string | undefined): boolean {
  const [path = ""] = source.slice(0, LONGEST_LOOKED_AT).split(/[?#]/, 1);
  return NO_CONTENT.test(source) || ASIDE.test(title?.slice(0, LONGEST_LOOKED_AT) ?? path);
}

function isTiny(own: Attributes): boolean {
  return ["width", "height"].every((side) => /^\s*[01](?:px)?\s*$/.test(own.get(side) ?? ""));
}

/** The address of the first `<source>`, `<embed>` or `<param name=movie>` in an element. */
function childSource(tape: Tape, element: number): string | undefined {
  const other = new TagAttributes(tape.attributes.names);
  const end = Math.min(tape.elementAfter(element), element + 1 + MOST_SOURCES);
  for (let child = element + 1; child < end; child++) {
    const { name } = tape.kindOf(child);
    if (name !== "source" && name !== "embed" && name !== "param" && name !== "iframe") continue;
    tape.readAttributes(child, other);
    const isMovie = name !== "param" || /^(?:movie|src|url)$/i.test(other.get("name") ?? "");
    const source = isMovie ? (other.get("src") ?? other.get("data-src") ?? other.get("value")) : "";
    if (source !== undefined && source.trim() !== "") return source.trim();
  }
  return undefined;
}

/** Whether an element of some name is inside of another one. */
export function hasChild(tape: Tape, element: number, name: string): boolean {
  const end = Math.min(tape.elementAfter(element), element + 1 + 2 * MOST_SOURCES);
  for (let child = element + 1; child < end; child++) {
    if (tape.kindOf(child).name === name) return true;
  }
  return false;
}
