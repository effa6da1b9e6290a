import { pulled } from "../../http/gather.ts";
import { MadeBody } from "../../pipeline/body.ts";
import type { Answer } from "../../pipeline/exchange.ts";
import type { ReceivedRequest, Recorder, RequestRecord } from "../../telemetry/record.ts";
import { ResponseBody } from "./body.ts";
import type { WebRequest } from "./request.ts";

/** The facts about a request that the `Request` does not have; the version is empty if unknown. */
type ConnectionFacts = Pick<ReceivedRequest, "version" | "address">;

/** Begins the record of a request; undefined without a recorder. */
export function watchRequest(
  request: WebRequest,
  known: ConnectionFacts,
  recorder: Recorder | undefined,
): RequestRecord | undefined {
  if (recorder === undefined) return undefined;
  const record = recorder.begin(() => received(request, known));
  const gone = (): void => {
    // After the head, the end of the content closes the record: an origin server may be silent for long.
    if (record.status !== undefined) leaving.get(record)?.();
    else record.close({ ...CONTENT, end: "client-gone", bytesSent: 0, until: "end" });
  };
  const watchClient = (): void =>
    request.raw.signal.addEventListener("abort", gone, { once: true });
  if (recorder.readsAll) watchClient();
  else record.onWatched = watchClient;
  return record;
}

/** Ends content that the proxy streams if its client has left; the runtime cancels it at the next write. */
const leaving = new WeakMap<RequestRecord, () => void>();

/**
 * Closes a record with its response: at the end of content that the proxy streams, otherwise at the
 * head, since the runtime itself sends the origin server's content. If a part of the pipeline waits
 * for the end, the proxy streams that content, too.
 */
export function watchAnswer(answer: Answer, record: RequestRecord | undefined): Answer {
  if (record === undefined) return answer;
  const { status, body, fields } = answer;
  if (body === null) {
    record.close({ ...CONTENT, end: "sent", status, bytesSent: 0, until: "end" });
    return answer;
  }
  if (body instanceof ResponseBody && record.isWatched) {
    const watched = body.through((content) => counted(content, status, record));
    return { ...answer, ...watched };
  }
  const content = body instanceof MadeBody ? body.take() : undefined;
  if (content instanceof ReadableStream) {
    return { ...answer, body: new MadeBody(counted(content, status, record)) };
  }
  const bytesSent = content?.length ?? lengthOf(fields.get("content-length"));
  record.close({ ...CONTENT, end: "sent", status, bytesSent, until: "head" });
  return answer;
}

/** Closes a record with a response of ours that did not pass through the pipeline. */
export function watchResponse(response: Response, record: RequestRecord | undefined): Response {
  if (record === undefined) return response;
  const { status, body, headers } = response;
  const bytesSent = body === null ? 0 : lengthOf(headers.get("content-length"));
  record.close({ ...CONTENT, end: "sent", status, bytesSent, until: "head" });
  return response;
}

/** The runtime does not tell how many bytes go over the connection. */
const CONTENT = { bytesAre: "content" } as const;

function counted(
  content: ReadableStream<Uint8Array>,
  status: number,
  record: RequestRecord,
): ReadableStream<Uint8Array> {
  const reader = content.getReader();
  let bytesSent = 0;
  const close = (end: "sent" | "aborted" | "client-gone"): void => {
    leaving.delete(record);
    record.close({ ...CONTENT, end, status, bytesSent, until: "end" });
  };
  leaving.set(record, () => {
    close("client-gone");
    reader.cancel().catch(() => {});
  });
  return pulled(
    async () => {
      try {
        const read = await reader.read();
        if (read.done) close("sent");
        else bytesSent += read.value.length;
        return read;
      } catch (error) {
        record.broke(error);
        close("aborted");
        throw error;
      }
    },
    (reason) => {
      close("client-gone");
      return reader.cancel(reason);
    },
  );
}

function lengthOf(field: string | null | undefined): number | undefined {
  return field === null || field === undefined || !/^\d{1,15}$/.test(field)
    ? undefined
    : Number(field);
}

function received(request: WebRequest, { version, address }: ConnectionFacts): ReceivedRequest {
  const { method, parts, field } = request;
  const { host, target } = parts;
  const userAgent = field("user-agent");
  const referrer = field("referer");
  const traceparent = field("traceparent");
  const bytesReceived = lengthOf(field("content-length"));
  const client = { address, userAgent, referrer, traceparent };
  return { method, host, target, version, ...client, bytesReceived };
}
