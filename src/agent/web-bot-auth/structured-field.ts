import { FieldReader, TRUE, type BareItem, type Params } from "./field-reader.ts";

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
  const members = new Map<string, Member>();
  return parseEach(text, members, (reader) => {
    const key = reader.readKey();
    if (key === undefined) return undefined;
    if (members.has(key)) return reader.fail("duplicate-key");
    if (members.size === maxMembers) return reader.fail("too-many-members");
    const member = reader.take("=") ? readMember(reader, maxItems) : readWithParams(reader, TRUE);
    return member && members.set(key, member);
  });
}

/** Parses a List (RFC 9651 §4.2.1). */
export function parseList(text: string): ParsedField<readonly Member[]> {
  const members: Member[] = [];
  return parseEach(text, members, (reader) => {
    const member = readMember(reader, Infinity);
    return member && members.push(member);
  });
}

/** Parses members between commas; `readOne` adds one to the value; undefined means a fault. */
function parseEach<Value>(
  text: string,
  value: Value,
  readOne: (reader: FieldReader) => unknown,
): ParsedField<Value> {
  const reader = new FieldReader(text);
  reader.skipSpaces();
  let next = reader.atEnd() ? "end" : "comma";
  while (next === "comma") {
    if (readOne(reader) === undefined) return faultOf(reader);
    next = readComma(reader);
  }
  return next === "end" ? { kind: "parsed", value } : { kind: "fault", fault: "syntax" };
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
  return reader.peek() === "(" ? readInnerList(reader, maxItems) : readItem(reader);
}

function readItem(reader: FieldReader): Item | undefined {
  const value = reader.readBareItem();
  return value && readWithParams(reader, value);
}

function readWithParams(reader: FieldReader, value: BareItem): Item | undefined {
  const read = reader.readParams();
  return read && { kind: "item", value, params: read.params, text: value.text + read.text };
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
