/* A session: says hello, reads the request, does it. */
#include "agent.h"

#include <stdlib.h>
#include <unistd.h>

static uint8_t *read_frame(int fd, int *type, uint32_t *length) {
    uint8_t header[HEADER_BYTES];
    read_fully(fd, header, sizeof header);
    *type = check_header(header, length);
    if (*type < 0) fail(fd, E_PROTOCOL, 0, "a frame of type 0x%02x with %u bytes", header[0], *length);
    uint8_t *payload = malloc(*length + 1);
    if (payload == NULL) fail(fd, E_INTERNAL, 0, "no memory for a frame of %u bytes", *length);
    read_fully(fd, payload, *length);
    return payload;
}

void refuse_session(int fd) {
    uint8_t hello[HEADER_BYTES + 8];
    write_fully(fd, hello, put_hello(hello));
    fail(fd, E_BUSY, 0, "%d sessions run already", MAX_SESSIONS);
}

void run_session(int fd) {
    /* Ends a client that never says what it wants (A7). */
    alarm(REQUEST_SECONDS);
    int type;
    uint32_t length;
    uint8_t hello[HEADER_BYTES + 8];
    size_t hello_length = put_hello(hello);
    uint8_t *payload = read_frame(fd, &type, &length);
    write_fully(fd, hello, hello_length);
    if (type != FRAME_HELLO || !is_hello(payload, length)) fail(fd, E_PROTOCOL, 0, "a session must begin with HELLO");
    int version = get_u16(payload + 4);
    if (version != PROTOCOL_VERSION) {
        fail(fd, E_VERSION, 0, "the host speaks version %d, this agent %d", version, PROTOCOL_VERSION);
    }
    free(payload);
    payload = read_frame(fd, &type, &length);
    alarm(0);
    switch (type) {
    case FRAME_EXEC:
        run_exec(fd, payload, length);
    case FRAME_READ_FILE:
        run_read_file(fd, payload, length);
    case FRAME_WRITE_FILE:
        run_write_file(fd, payload, length);
    case FRAME_POWER:
        run_power(fd, payload, length);
    case FRAME_SET_CLOCK:
        run_set_clock(fd, payload, length);
    case FRAME_PING:
        if (length > MAX_PING) fail(fd, E_PROTOCOL, 0, "a PING of %u bytes", length);
        send_frame(fd, FRAME_PONG, payload, length);
        end_session(fd);
    case FRAME_INFO:
        run_info(fd);
    default:
        fail(fd, E_PROTOCOL, 0, "no request has type 0x%02x", type);
    }
}
