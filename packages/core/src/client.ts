/** Who is at the other end of a connection, as far as the edge has proven it. */
export interface Client {
  /** An IPv4 or IPv6 address; null where the transport tells none. Personal data: not for logs. */
  readonly address: string | null;
  /** As the client says, cut to 255 visible characters. */
  readonly userAgent: string | null;
}
