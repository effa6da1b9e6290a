import { describeError } from "../../../telemetry/describe-error.ts";
import { within } from "../../../timing/timeout.ts";

/** The end of a pipe between two processes. */
export interface ChannelEnd {
  /** Calls back with the failure, if there is one. */
  send(message: Message, done: (error: Error | null) => void): void;
  onMessage(listener: (message: unknown) => void): void;
}

/** A call of a function; without a number, it has no answer. */
interface CallMessage {
  readonly call: string;
  readonly id?: number;
  readonly data: unknown;
}

interface AnswerMessage {
  readonly answers: number;
  readonly data?: unknown;
  readonly failure?: string;
}

type Message = CallMessage | AnswerMessage;

/** Answers a call; its data is whatever the other process has sent. */
export type Handler = (data: never) => unknown;

/** Calls functions of the process at the other end of a pipe. Never throws; a call may reject. */
export class ProcessChannel {
  readonly #end: ChannelEnd;
  readonly #handlers = new Map<string, Handler>();
  readonly #waiting = new Map<number, (message: AnswerMessage) => void>();
  #calls = 0;

  constructor(end: ChannelEnd) {
    this.#end = end;
    end.onMessage((message) => this.#take(message));
  }

  /** Sets the function for calls of a name, whose result is the answer. */
  on(name: string, handler: Handler): void {
    this.#handlers.set(name, handler);
  }

  /** Sends a call without an answer. */
  tell(name: string, data?: unknown): void {
    this.#end.send({ call: name, data }, () => {});
  }

  /** Sends a call. Rejects if the other process fails, has ended, or does not answer in time. */
  async ask<Answer>(name: string, data: unknown, milliseconds: number): Promise<Answer> {
    const id = ++this.#calls;
    const answer = new Promise<AnswerMessage>((resolve) => {
      this.#waiting.set(id, resolve);
      this.#end.send({ call: name, id, data }, (error) => {
        if (error !== null) resolve({ answers: id, failure: error.message });
      });
    });
    const late = (): AnswerMessage => ({ answers: id, failure: "no answer in time" });
    const given = await within(milliseconds, answer, late);
    this.#waiting.delete(id);
    if (given.failure !== undefined) throw new Error(given.failure);
    return given.data as Answer;
  }

  /** Fails all calls that wait, since the other process has ended. */
  close(): void {
    for (const [id, settle] of this.#waiting) settle({ answers: id, failure: "it has ended" });
  }

  #take(received: unknown): void {
    const message = received as Message;
    if (typeof message !== "object" || message === null) return;
    if ("answers" in message) this.#waiting.get(message.answers)?.(message);
    else if ("call" in message) void this.#answer(message);
  }

  async #answer({ call, id, data }: CallMessage): Promise<void> {
    let reply: { readonly data?: unknown; readonly failure?: string };
    try {
      const handler = this.#handlers.get(call);
      reply =
        handler === undefined ? { failure: "unknown" } : { data: await handler(data as never) };
    } catch (error) {
      reply = { failure: describeError(error) };
    }
    if (id !== undefined) this.#end.send({ answers: id, ...reply }, () => {});
  }
}
