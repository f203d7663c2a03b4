/* A TCP proxy on loopback in front of the broker, which can misbehave as networks do. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct proxy;

struct proxy *proxy_open(int broker_port);
void proxy_close(struct proxy *proxy);

int proxy_port(const struct proxy *proxy);
/* Closes what is connected; new connections are made as before. */
void proxy_cut(struct proxy *proxy);
/* From now on closes each connection at once, or no longer. */
void proxy_refuse(struct proxy *proxy, bool refuse);
/* From now on takes nothing from either side, without closing; or goes on. */
void proxy_stall(struct proxy *proxy, bool stall);
/* Closes everything once so many more bytes have gone to the broker. */
void proxy_cut_after(struct proxy *proxy, int64_t bytes);
/* Connections made so far. */
int proxy_connections(const struct proxy *proxy);
