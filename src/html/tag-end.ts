import { DOUBLE_QUOTE, EQUALS, GREATER, isSpace, SINGLE_QUOTE, SLASH } from "./characters.ts";

/** States of HTML §13.2.5.32 to §13.2.5.40. */
const BETWEEN = 0;
const NAME = 1;
const AFTER_NAME = 2;
const BEFORE_VALUE = 3;
const UNQUOTED = 4;
const DOUBLE_QUOTED = 5;
const SINGLE_QUOTED = 6;

/** Finds the `>` that ends a tag: not one in a quoted value. The tag may come in pieces. */
export class TagEnd {
  /** Whether a slash stands before the `>` that was found. */
  isSelfClosing = false;
  #state = BETWEEN;
  #isSlash = false;

  /** Begins behind the name of a tag. */
  begin(): void {
    this.#state = BETWEEN;
    this.#isSlash = false;
  }

  /** The position of the `>`; -1 if it is not in this piece: the next call goes on in the next piece. */
  find(source: string, from: number): number {
    const { length } = source;
    let state = this.#state;
    for (let i = from; i < length; i++) {
      if (state >= DOUBLE_QUOTED) {
        i = source.indexOf(state === DOUBLE_QUOTED ? '"' : "'", i);
        if (i < 0) break;
        state = BETWEEN;
        continue;
      }
      const code = source.charCodeAt(i);
      // Most characters are letters of names.
      if (code > GREATER) {
        if (state !== UNQUOTED) state = state === BEFORE_VALUE ? UNQUOTED : NAME;
      } else if (code === GREATER) {
        const isSlash = i > from ? source.charCodeAt(i - 1) === SLASH : this.#isSlash;
        this.isSelfClosing = isSlash && state === BETWEEN;
        return i;
      } else state = next(state, code);
    }
    this.#state = state;
    this.#isSlash = state === BETWEEN && source.charCodeAt(length - 1) === SLASH;
    return -1;
  }
}

/** The state after a character that is neither a letter nor `>`. */
function next(state: number, code: number): number {
  switch (state) {
    case BETWEEN:
      return code === SLASH || isSpace(code) ? BETWEEN : NAME;
    case NAME:
      if (code === EQUALS) return BEFORE_VALUE;
      if (code === SLASH) return BETWEEN;
      return isSpace(code) ? AFTER_NAME : NAME;
    case AFTER_NAME:
      if (code === EQUALS) return BEFORE_VALUE;
      if (code === SLASH) return BETWEEN;
      return isSpace(code) ? AFTER_NAME : NAME;
    case BEFORE_VALUE:
      if (code === DOUBLE_QUOTE) return DOUBLE_QUOTED;
      if (code === SINGLE_QUOTE) return SINGLE_QUOTED;
      return isSpace(code) ? BEFORE_VALUE : UNQUOTED;
    default:
      return isSpace(code) ? BETWEEN : UNQUOTED;
  }
}
