import type { Fields } from "../../http/fields.ts";

/** Headers that may need a copy before a change. */
export interface HeadersSource {
  readonly headers: Headers;
  /** The headers to change; a copy if the original is immutable or shared. */
  editable(): Headers;
}

/** A header section over a Web `Headers`. */
export class HeadersFields implements Fields {
  readonly source: HeadersSource;

  constructor(source: HeadersSource) {
    this.source = source;
  }

  get(name: string): string | undefined {
    return this.source.headers.get(name) ?? undefined;
  }

  set(name: string, value: string): void {
    this.source.editable().set(name, value);
  }

  append(name: string, value: string): void {
    this.source.editable().append(name, value);
  }

  delete(name: string): void {
    if (this.source.headers.has(name)) this.source.editable().delete(name);
  }

  lines(): Iterable<readonly [string, string]> {
    return this.source.headers;
  }

  /** Removes every field whose name passes the test. */
  deleteAll(drop: (name: string) => boolean): void {
    let dropped: string[] | undefined;
    // The fastest loop in workerd, where each step of an iterator calls into C++.
    // oxlint-disable-next-line unicorn/no-array-for-each
    this.source.headers.forEach((_value, name) => {
      if (drop(name)) (dropped ??= []).push(name);
    });
    for (const name of dropped ?? []) this.source.editable().delete(name);
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
