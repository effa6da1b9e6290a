import type { Fields } from "../../http/fields.ts";

/** Headers that may need a copy before a change. */
export interface HeadersSource {
  readonly headers: Headers;
  /** The headers to change; a copy if the original is immutable or shared. */
  editable(): Headers;
}

/** The values of all fields by lower-case name, read in one pass. */
export function valuesOf(headers: Headers): Map<string, string> {
  const values = new Map<string, string>();
  // The fastest loop in workerd, where each step of an iterator calls into C++.
  // oxlint-disable-next-line unicorn/no-array-for-each
  headers.forEach((value, name) => {
    // Only lines of Set-Cookie come one by one.
    if (name === "set-cookie") add(values, name, value);
    else values.set(name, value);
  });
  return values;
}

/** Adds a line to the values. */
function add(values: Map<string, string>, name: string, value: string): void {
  const before = values.get(name);
  values.set(name, before === undefined ? value : `${before}, ${value}`);
}

/**
 * A header section over a Web `Headers`. All fields are read in one pass, at the first read of any; all
 * later changes must be made here.
 */
export class HeadersFields implements Fields {
  readonly source: HeadersSource;
  #values: Map<string, string> | undefined;

  /** @param values those of the source, if they have been read */
  constructor(source: HeadersSource, values?: Map<string, string>) {
    this.source = source;
    this.#values = values;
  }

  get(name: string): string | undefined {
    return this.#read().get(name);
  }

  set(name: string, value: string): void {
    this.source.editable().set(name, value);
    this.#values?.set(name, value);
  }

  append(name: string, value: string): void {
    this.source.editable().append(name, value);
    if (this.#values !== undefined) add(this.#values, name, value);
  }

  delete(name: string): void {
    if (!this.#read().has(name)) return;
    this.source.editable().delete(name);
    this.#values?.delete(name);
  }

  lines(): Iterable<readonly [string, string]> {
    return this.source.headers;
  }

  /** Removes every field whose name passes the test. */
  deleteAll(drop: (name: string) => boolean): void {
    for (const name of this.#read().keys()) if (drop(name)) this.delete(name);
  }

  #read(): Map<string, string> {
    this.#values ??= valuesOf(this.source.headers);
    return this.#values;
  }
}

/** Shared headers, copied at the first change. */
export class BorrowedHeaders implements HeadersSource {
  headers: Headers;
  #own = false;

  constructor(headers: Headers) {
    this.headers = headers;
  }

  editable(): Headers {
    if (!this.#own) this.headers = new Headers(this.headers);
    this.#own = true;
    return this.headers;
  }
}

/** Converts a field section to `Headers`. */
export function toHeaders(fields: Fields): Headers {
  if (fields instanceof HeadersFields) return fields.source.headers;
  // One call into the runtime instead of one for each line.
  return new Headers([...fields.lines()] as [string, string][]);
}
