/* Frames: numbers, limits, blocking input and output. */
#include "agent.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void (*on_session_end)(void);

uint16_t get_u16(const uint8_t *at) { return (uint16_t)(at[0] | at[1] << 8); }

uint32_t get_u32(const uint8_t *at) {
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

uint64_t get_u64(const uint8_t *at) { return get_u32(at) | (uint64_t)get_u32(at + 4) << 32; }

void put_u16(uint8_t *at, uint16_t value) {
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
}

void put_u32(uint8_t *at, uint32_t value) {
    put_u16(at, (uint16_t)value);
    put_u16(at + 2, (uint16_t)(value >> 16));
}

void put_u64(uint8_t *at, uint64_t value) {
    put_u32(at, (uint32_t)value);
    put_u32(at + 4, (uint32_t)(value >> 32));
}

void put_header(uint8_t *at, uint8_t type, uint32_t length) {
    at[0] = type;
    at[1] = at[2] = at[3] = 0;
    put_u32(at + 4, length);
}

size_t put_hello(uint8_t *at) {
    put_header(at, FRAME_HELLO, 8);
    memcpy(at + HEADER_BYTES, HELLO_MAGIC, 4);
    put_u16(at + HEADER_BYTES + 4, PROTOCOL_VERSION);
    put_u16(at + HEADER_BYTES + 6, 0);
    return HEADER_BYTES + 8;
}

size_t put_error(uint8_t *at, size_t room, int kind, int error, const char *message) {
    size_t length = strlen(message);
    if (length > room - HEADER_BYTES - 5) length = room - HEADER_BYTES - 5;
    put_header(at, FRAME_ERROR, (uint32_t)length + 5);
    put_u16(at + HEADER_BYTES, (uint16_t)kind);
    put_u16(at + HEADER_BYTES + 2, (uint16_t)error);
    memcpy(at + HEADER_BYTES + 4, message, length);
    at[HEADER_BYTES + 4 + length] = 0;
    return HEADER_BYTES + 5 + length;
}

int check_header(const uint8_t *header, uint32_t *length) {
    *length = get_u32(header + 4);
    if (header[1] != 0 || header[2] != 0 || header[3] != 0) return -1;
    uint32_t limit = (header[0] & 0xf0) == 0x10 ? MAX_REQUEST : MAX_DATA;
    return *length > limit ? -1 : header[0];
}

int is_hello(const uint8_t *payload, uint32_t length) {
    return length == 8 && memcmp(payload, HELLO_MAGIC, 4) == 0;
}

void leave(int status) {
    if (on_session_end != NULL) on_session_end();
    _exit(status);
}

void read_fully(int fd, void *into, size_t length) {
    uint8_t *at = into;
    while (length > 0) {
        ssize_t got = recv(fd, at, length, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) leave(1);
        at += got;
        length -= (size_t)got;
    }
}

void write_fully(int fd, const void *from, size_t length) {
    const uint8_t *at = from;
    size_t step = length;
    while (length > 0) {
        if (step > length) step = length;
        ssize_t sent = send(fd, at, step, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0 && (errno == ENOMEM || errno == ENOBUFS)) {
            /* The kernel wants a packet in one piece of memory, and has none so large just now. */
            if (step > 4096) step /= 2;
            else poll(NULL, 0, 10);
            continue;
        }
        if (sent < 0) leave(1);
        at += sent;
        length -= (size_t)sent;
    }
}

void send_frame(int fd, uint8_t type, const void *payload, uint32_t length) {
    uint8_t frame[HEADER_BYTES + 1024];
    put_header(frame, type, length);
    if (length > 0) memcpy(frame + HEADER_BYTES, payload, length);
    write_fully(fd, frame, HEADER_BYTES + length);
}

void fail(int fd, int kind, int error, const char *format, ...) {
    char message[512];
    uint8_t frame[HEADER_BYTES + 600];
    va_list list;
    va_start(list, format);
    int length = vsnprintf(message, sizeof message, format, list);
    va_end(list);
    if (length < 0) length = 0;
    if (error != 0 && (size_t)length < sizeof message) {
        snprintf(message + length, sizeof message - (size_t)length, ": %s", strerror(error));
    }
    write_fully(fd, frame, put_error(frame, sizeof frame, kind, error, message));
    end_session(fd);
}

void end_session(int fd) {
    static uint8_t waste[4096];
    if (on_session_end != NULL) on_session_end();
    on_session_end = NULL;
    int64_t until = monotonic_ms() + CLOSE_SECONDS * 1000;
    for (;;) {
        int64_t left = until - monotonic_ms();
        struct pollfd wait = {fd, POLLIN, 0};
        if (left <= 0 || poll(&wait, 1, (int)left) == 0) break;
        ssize_t got = recv(fd, waste, sizeof waste, MSG_DONTWAIT);
        if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN)) break;
    }
    _exit(0);
}

const char *take_string(const uint8_t **at, const uint8_t *end) {
    const uint8_t *zero = *at < end ? memchr(*at, 0, (size_t)(end - *at)) : NULL;
    if (zero == NULL) return NULL;
    const char *string = (const char *)*at;
    *at = zero + 1;
    return string;
}
