/* The numbers of PROTOCOL.md. */
#ifndef TABVISOR_PROTOCOL_H
#define TABVISOR_PROTOCOL_H

#define PROTOCOL_VERSION 1
#define AGENT_VERSION 1
/* Ports below 1024 are root's in the guest: nobody else can pose as the agent. */
#define AGENT_PORT 1000
#define HOST_PORT 1024
#define FIRST_CONTROL_PORT 512
#define LAST_CONTROL_PORT 999
#define HELLO_MAGIC "TVAG"

#define HEADER_BYTES 8
#define MAX_REQUEST (256 * 1024)
#define MAX_DATA (64 * 1024)
#define STDIN_WINDOW (256 * 1024)
#define MAX_PING 64

enum frame_type {
    FRAME_HELLO = 0x01,
    FRAME_ERROR = 0x02,
    FRAME_OK = 0x03,
    FRAME_READY = 0x04,
    FRAME_EXEC = 0x10,
    FRAME_READ_FILE = 0x11,
    FRAME_WRITE_FILE = 0x12,
    FRAME_POWER = 0x13,
    FRAME_SET_CLOCK = 0x14,
    FRAME_PING = 0x15,
    FRAME_INFO = 0x16,
    FRAME_DATA = 0x20,
    FRAME_END = 0x21,
    FRAME_STDOUT = 0x22,
    FRAME_STDERR = 0x23,
    FRAME_GRANT = 0x24,
    FRAME_SIGNAL = 0x25,
    FRAME_STDIN_CLOSED = 0x26,
    FRAME_STARTED = 0x27,
    FRAME_EXIT = 0x28,
    FRAME_FILE = 0x29,
    FRAME_PONG = 0x2a,
    FRAME_INFO_REPLY = 0x2b,
};

enum error_kind {
    E_VERSION = 1,
    E_PROTOCOL = 2,
    E_BUSY = 3,
    E_USER = 4,
    E_DIRECTORY = 5,
    E_START = 6,
    E_FILE = 7,
    E_POWER = 8,
    E_CLOCK = 9,
    E_INTERNAL = 10,
};

#define EXEC_STDIN 1
#define EXIT_SIGNALLED 1
#define EXIT_TIMED_OUT 2

#endif
