// Relays one response by undici's dispatch, for the lower bounds.

/** @param abort called if the origin server's response breaks off */
export function relay(pool, request, outgoing, abort) {
  pool.dispatch(request, {
    onRequestStart() {},
    onResponseStart(_controller, status, fields) {
      delete fields.connection;
      delete fields["keep-alive"];
      outgoing.writeHead(status, fields);
    },
    onResponseData(controller, piece) {
      if (outgoing.write(piece)) return;
      controller.pause();
      outgoing.once("drain", () => controller.resume());
    },
    onResponseEnd: () => outgoing.end(),
    onResponseError: abort,
  });
}
