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
      // Responses of clients that have left would use up all connections of the pool.
      const leave = () => controller.abort(new Error("the client has left"));
      if (outgoing.destroyed) return leave();
      controller.pause();
      outgoing.once("close", leave);
      outgoing.once("drain", () => {
        outgoing.off("close", leave);
        controller.resume();
      });
    },
    onResponseEnd: () => outgoing.end(),
    onResponseError: abort,
  });
}
