/* The numbers of PROTOCOL.md. */
#ifndef TABVISOR_PROTOCOL_H
#define TABVISOR_PROTOCOL_H

#define PROTOCOL_VERSION 1
#define AGENT_VERSION 1
#define AGENT_PORT 1024
#define HELLO_MAGIC "TVAG"

#define FRAME_HEADER 8
#define MAX_REQUEST (256 * 1024)
#define MAX_DATA (64 * 1024)
#define STDIN_WINDOW (256 * 1024)
#define MAX_PING 64

enum frame_type {
    F_HELLO = 0x01,
    F_ERROR = 0x02,
    F_OK = 0x03,
    F_READY = 0x04,
    F_EXEC = 0x10,
    F_READ_FILE = 0x11,
    F_WRITE_FILE = 0x12,
    F_POWER = 0x13,
    F_SET_CLOCK = 0x14,
    F_PING = 0x15,
    F_INFO = 0x16,
    F_DATA = 0x20,
    F_END = 0x21,
    F_STDOUT = 0x22,
    F_STDERR = 0x23,
    F_GRANT = 0x24,
    F_SIGNAL = 0x25,
    F_STDIN_CLOSED = 0x26,
    F_STARTED = 0x27,
    F_EXIT = 0x28,
    F_FILE = 0x29,
    F_PONG = 0x2a,
    F_INFO_REPLY = 0x2b,
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
