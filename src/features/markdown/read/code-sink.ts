import { GivenAttributes } from "../stream/attributes.ts";
import { kindOf } from "../stream/elements.ts";
import type { LaidOutCode } from "./code-reader.ts";
import type { PageSink } from "./page-sink.ts";

/** Numbers of elements that the page does not have; its own have numbers from 0. */
const BLOCK = -2;
const INNER = -3;

/** Writes code that the page lays out in its own way as a `pre` with one text, under its title. */
export function writeCode(sink: PageSink, { text, language, title }: LaidOutCode): void {
  const none = new GivenAttributes([]);
  if (title !== "") {
    sink.open(BLOCK, kindOf("p"), none);
    sink.text(title, 0, title.length);
    sink.close(BLOCK);
  }
  const attributes =
    language === "" ? none : new GivenAttributes([["class", `language-${language}`]]);
  sink.open(BLOCK, kindOf("pre"), attributes);
  sink.open(INNER, kindOf("code"), attributes);
  sink.text(text, 0, text.length);
  sink.close(INNER);
  sink.close(BLOCK);
}
