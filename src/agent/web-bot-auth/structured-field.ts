import { FieldReader, type BareItem, type Params } from "./field-reader.ts";

export type { BareItem, Params } from "./field-reader.ts";

/** A member of a Dictionary; `text` is its strict serialisation with parameters (RFC 9651 §4.1). */
export type Member =
  | {
      readonly kind: "item";
      readonly value: BareItem;
      readonly params: Params;
      readonly text: string;
    }
  | {
      readonly kind: "inner-list";
      readonly items: readonly Item[];
      readonly params: Params;
      readonly text: string;
    };
export type Item = Extract<Member, { kind: "item" }>;
export type InnerList = Extract<Member, { kind: "inner-list" }>;

export type FieldFault =
  | "syntax"
  | "duplicate-key"
  | "duplicate-parameter"
  | "too-many-members"
  | "too-many-items";

type ParsedField<Value> =
  | { readonly kind: "parsed"; readonly value: Value }
  | { readonly kind: "fault"; readonly fault: FieldFault };

/**
 * Parses a Dictionary (RFC 9651 §4.2.2) in one pass. Refuses repeated keys and parameters (the RFC
 * lets the last one count), more than `maxMembers` members, and Inner Lists of more than `maxItems`
 * items.
 */
export function parseDictionary(
  text: string,
  maxMembers: number,
  maxItems: number,
): ParsedField<ReadonlyMap<string, Member>> {
  const reader = new FieldReader(text);
  const members = new Map<string, Member>();
  reader.skipSpaces();
  if (reader.atEnd()) return { kind: "parsed", value: members };
  for (;;) {
    const key = reader.readKey();
    if (key === undefined) return faultOf(reader);
    if (members.has(key)) return { kind: "fault", fault: "duplicate-key" };
    if (members.size === maxMembers) return { kind: "fault", fault: "too-many-members" };
    const member = readMember(reader, maxItems);
    if (member === undefined) return faultOf(reader);
    members.set(key, member);
    const next = readComma(reader);
    if (next === "end") return { kind: "parsed", value: members };
    if (next === "fault") return { kind: "fault", fault: "syntax" };
  }
}

/** Parses a List (RFC 9651 §4.2.1). */
export function parseList(text: string): ParsedField<readonly Member[]> {
  const reader = new FieldReader(text);
  const members: Member[] = [];
  reader.skipSpaces();
  if (reader.atEnd()) return { kind: "parsed", value: members };
  for (;;) {
    const member = reader.peek() === "(" ? readInnerList(reader, Infinity) : readItem(reader);
    if (member === undefined) return faultOf(reader);
    members.push(member);
    const next = readComma(reader);
    if (next === "end") return { kind: "parsed", value: members };
    if (next === "fault") return { kind: "fault", fault: "syntax" };
  }
}

/** Parses an Item with its parameters (RFC 9651 §4.2.3), refusing repeated parameters. */
export function parseItem(text: string): ParsedField<Item> {
  const reader = new FieldReader(text);
  reader.skipSpaces();
  const item = readItem(reader);
  if (item === undefined) return faultOf(reader);
  reader.skipSpaces();
  return reader.atEnd() ? { kind: "parsed", value: item } : { kind: "fault", fault: "syntax" };
}

function readComma(reader: FieldReader): "comma" | "end" | "fault" {
  const end = reader.position;
  reader.skipWhitespace();
  // RFC 9651 §4.2: only SP may follow the last member, though OWS may surround a comma.
  if (reader.atEnd()) return reader.onlySpacesFrom(end) ? "end" : "fault";
  if (!reader.take(",")) return "fault";
  reader.skipWhitespace();
  return reader.atEnd() ? "fault" : "comma";
}

function readMember(reader: FieldReader, maxItems: number): Member | undefined {
  if (reader.take("=")) {
    return reader.peek() === "(" ? readInnerList(reader, maxItems) : readItem(reader);
  }
  const params = reader.readParams();
  if (params === undefined) return undefined;
  return {
    kind: "item",
    value: { type: "boolean", value: true, text: "?1" },
    params: params.params,
    text: `?1${params.text}`,
  };
}

function readItem(reader: FieldReader): Item | undefined {
  const value = reader.readBareItem();
  if (value === undefined) return undefined;
  const params = reader.readParams();
  if (params === undefined) return undefined;
  return { kind: "item", value, params: params.params, text: value.text + params.text };
}

function readInnerList(reader: FieldReader, maxItems: number): Member | undefined {
  reader.take("(");
  const items: Item[] = [];
  let text = "(";
  for (;;) {
    reader.skipSpaces();
    if (reader.take(")")) break;
    if (items.length === maxItems) return reader.fail("too-many-items");
    const item = readItem(reader);
    if (item === undefined) return undefined;
    // RFC 9651 §4.2.1.2: SP separates items.
    const next = reader.peek();
    if (next !== " " && next !== ")") return reader.fail("syntax");
    text += items.length === 0 ? item.text : ` ${item.text}`;
    items.push(item);
  }
  const params = reader.readParams();
  if (params === undefined) return undefined;
  return { kind: "inner-list", items, params: params.params, text: `${text})${params.text}` };
}

function faultOf(reader: FieldReader): { readonly kind: "fault"; readonly fault: FieldFault } {
  return { kind: "fault", fault: reader.fault ?? "syntax" };
}
