import type { Fields } from "../../http/fields.ts";

/** A header section over a Web `Headers`. */
export class HeadersFields implements Fields {
  readonly headers: Headers;

  constructor(headers: Headers) {
    this.headers = headers;
  }

  get(name: string): string | undefined {
    return this.headers.get(name) ?? undefined;
  }

  set(name: string, value: string): void {
    this.headers.set(name, value);
  }

  append(name: string, value: string): void {
    this.headers.append(name, value);
  }

  delete(name: string): void {
    this.headers.delete(name);
  }

  lines(): Iterable<readonly [string, string]> {
    return this.headers;
  }
}

/** Any header section as `Headers`. */
export function toHeaders(fields: Fields): Headers {
  if (fields instanceof HeadersFields) return fields.headers;
  const headers = new Headers();
  for (const [name, value] of fields.lines()) headers.append(name, value);
  return headers;
}

/** Removes what does not belong to the message itself. */
export function deleteFields(headers: Headers, drop: (name: string) => boolean): void {
  const names = [...headers.keys()].filter((name) => drop(name));
  for (const name of names) headers.delete(name);
}
