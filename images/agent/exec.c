/* A program's session: its streams, signals and end (A9–A18). One poll loop; nothing in it blocks but poll. */
#include "agent.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <fcntl.h>

/* A frame and its packet header must fit a kernel buffer of 32 KiB: larger ones may not be had when the guest's
 * memory is fragmented. */
#define OUTPUT_CHUNK (32 * 1024 - 512)
#define KILL_DELAY_MS 2000
#define LINGER_MS 250
/* Reads of one pipe before everything else is looked at again. */
#define READS_IN_A_ROW 8
/* No host grants so much; beyond it the counters could overflow. */
#define MAX_WINDOW (1u << 30)

static int fd;
static struct child child;
static int child_signal[2];

/* What the host sends: a header being read, then a payload being read. */
static uint8_t header[HEADER_BYTES];
static size_t header_length;
static int frame_type;
static uint32_t payload_left;
static uint8_t small[16];
static size_t small_length;

/* stdin on its way to the child: a ring. */
static uint8_t input[STDIN_WINDOW];
static size_t input_start, input_length;
static uint32_t input_credit = STDIN_WINDOW, input_taken;
static int input_ended, input_closed_unsaid;

/* One frame on its way to the host. */
static uint8_t out[HEADER_BYTES + OUTPUT_CHUNK];
static size_t out_start, out_end;
static uint32_t output_credit[2];

/* The end: what was in the pipes when the child ended, and when to stop waiting for more. */
static int ended;
static siginfo_t end_status;
static int must_drain[2];
static int64_t linger_until;

static int64_t term_at, kill_at;
static int timed_out;

static void on_child_signal(int number) {
    (void)number;
    int error = errno;
    if (write(child_signal[1], "", 1) < 0) { /* Full: the loop wakes anyway. */
    }
    errno = error;
}

/* The child is not reaped before this process ends: so its group's number cannot have been given to another. */
static void kill_group(void) { kill(-child.pid, SIGKILL); }

static void close_input(void) {
    if (child.input >= 0) close(child.input);
    child.input = -1;
}

/* The child takes no more: what is left is dropped, and counts as taken. */
static void drop_input(void) {
    if (child.input < 0) return;
    close_input();
    input_closed_unsaid = !ended;
    input_taken += (uint32_t)input_length;
    input_length = 0;
}

static void feed_child(void) {
    while (child.input >= 0 && input_length > 0) {
        size_t piece = STDIN_WINDOW - input_start;
        if (piece > input_length) piece = input_length;
        ssize_t taken = write(child.input, input + input_start, piece);
        if (taken < 0 && errno == EAGAIN) return;
        if (taken < 0 && errno != EINTR) drop_input();
        if (taken <= 0) continue;
        input_start = (input_start + (size_t)taken) % STDIN_WINDOW;
        input_length -= (size_t)taken;
        input_taken += (uint32_t)taken;
    }
    if (input_ended && input_length == 0) close_input();
}

static void on_input(const uint8_t *bytes, size_t length) {
    if (length > input_credit || input_ended) fail(fd, E_PROTOCOL, 0, "stdin beyond what was granted");
    input_credit -= (uint32_t)length;
    if (child.input < 0) {
        input_taken += (uint32_t)length;
        return;
    }
    while (length > 0) {
        size_t end = (input_start + input_length) % STDIN_WINDOW;
        size_t piece = STDIN_WINDOW - end;
        if (piece > length) piece = length;
        memcpy(input + end, bytes, piece);
        input_length += piece;
        bytes += piece;
        length -= piece;
    }
}

static void on_control_frame(void) {
    uint32_t first = small_length >= 4 ? get_u32(small) : 0;
    if (frame_type == FRAME_END && small_length == 0) {
        input_ended = 1;
    } else if (frame_type == FRAME_SIGNAL && small_length == 4 && first >= 1 && first <= 64) {
        if (!ended) kill(-child.pid, (int)first);
    } else if (frame_type == FRAME_GRANT && small_length == 8 && (first == 1 || first == 2)) {
        uint32_t more = get_u32(small + 4);
        if (more > MAX_WINDOW - output_credit[first - 1]) fail(fd, E_PROTOCOL, 0, "a grant of %u bytes", more);
        output_credit[first - 1] += more;
    } else {
        fail(fd, E_PROTOCOL, 0, "a frame of type 0x%02x with %zu bytes in EXEC", frame_type, small_length);
    }
}

static void on_header(void) {
    frame_type = check_header(header, &payload_left);
    int fits = frame_type == FRAME_DATA || (frame_type >= 0 && payload_left <= sizeof small);
    if (!fits) fail(fd, E_PROTOCOL, 0, "a frame of type 0x%02x with %u bytes in EXEC", header[0], payload_left);
    small_length = 0;
}

static void on_bytes(const uint8_t *at, size_t length) {
    while (length > 0) {
        size_t piece;
        if (header_length < HEADER_BYTES) {
            piece = HEADER_BYTES - header_length < length ? HEADER_BYTES - header_length : length;
            memcpy(header + header_length, at, piece);
            header_length += piece;
            if (header_length == HEADER_BYTES) on_header();
        } else {
            piece = payload_left < length ? payload_left : length;
            if (frame_type == FRAME_DATA) {
                on_input(at, piece);
            } else {
                memcpy(small + small_length, at, piece);
                small_length += piece;
            }
            payload_left -= (uint32_t)piece;
        }
        at += piece;
        length -= piece;
        if (header_length == HEADER_BYTES && payload_left == 0) {
            header_length = 0;
            if (frame_type != FRAME_DATA) on_control_frame();
        }
    }
}

static void read_host(void) {
    static uint8_t bytes[MAX_DATA];
    ssize_t got = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) leave(1);
    on_bytes(bytes, (size_t)got);
    feed_child();
}

/* Gives 0 when the socket takes no more now. */
static int send_out(void) {
    static size_t step = sizeof out;
    while (out_start < out_end) {
        size_t piece = out_end - out_start < step ? out_end - out_start : step;
        ssize_t sent = send(fd, out + out_start, piece, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0 && errno == EAGAIN) return 0;
        if (sent < 0 && (errno == ENOMEM || errno == ENOBUFS)) {
            if (step > 4096) step /= 2;
            else poll(NULL, 0, 10);
            continue;
        }
        if (sent < 0) leave(1);
        out_start += (size_t)sent;
    }
    out_start = out_end = 0;
    return 1;
}

static void read_child(int which) {
    for (int turn = 0; turn < READS_IN_A_ROW; turn++) {
        uint32_t room = output_credit[which] < OUTPUT_CHUNK ? output_credit[which] : OUTPUT_CHUNK;
        if (room == 0) return;
        ssize_t got = read(child.output[which], out + HEADER_BYTES, room);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && errno == EAGAIN) return;
        if (got <= 0) {
            close(child.output[which]);
            child.output[which] = -1;
            must_drain[which] = 0;
            return;
        }
        put_header(out, which == 0 ? FRAME_STDOUT : FRAME_STDERR, (uint32_t)got);
        out_end = HEADER_BYTES + (size_t)got;
        output_credit[which] -= (uint32_t)got;
        must_drain[which] = must_drain[which] > got ? must_drain[which] - (int)got : 0;
        if (!send_out()) return;
        if (got < (ssize_t)room) return;
    }
}

/* The small frames that we owe the host; only when no other is on its way. */
static void send_owed(void) {
    if (out_start < out_end) return;
    if (input_taken >= STDIN_WINDOW / 4) {
        put_header(out, FRAME_GRANT, 8);
        put_u32(out + HEADER_BYTES, 0);
        put_u32(out + HEADER_BYTES + 4, input_taken);
        out_end = HEADER_BYTES + 8;
        input_credit += input_taken;
        input_taken = 0;
        if (!send_out()) return;
    }
    if (input_closed_unsaid) {
        put_header(out, FRAME_STDIN_CLOSED, 0);
        out_end = HEADER_BYTES;
        input_closed_unsaid = 0;
        send_out();
    }
}

static void check_end(void) {
    char waste[16];
    while (read(child_signal[0], waste, sizeof waste) > 0) {
    }
    siginfo_t status = {0};
    if (ended || waitid(P_PID, (id_t)child.pid, &status, WEXITED | WNOHANG | WNOWAIT) < 0) return;
    if (status.si_pid == 0) return;
    end_status = status;
    ended = 1;
    if (timed_out) kill_group();
    for (int which = 0; which < 2; which++) {
        if (child.output[which] < 0 || ioctl(child.output[which], FIONREAD, &must_drain[which]) < 0) {
            must_drain[which] = 0;
        }
    }
}

static void check_limits(int64_t now) {
    if (!ended && term_at != 0 && now >= term_at) {
        timed_out = 1;
        term_at = 0;
        kill_at = now + KILL_DELAY_MS;
        kill(-child.pid, SIGTERM);
    }
    if (!ended && kill_at != 0 && now >= kill_at) {
        kill_at = 0;
        kill_group();
    }
}

/* Everything that A17 promises has been sent. */
static int is_done(int64_t now) {
    if (!ended || out_start < out_end) return 0;
    if (child.output[0] < 0 && child.output[1] < 0) return 1;
    if (must_drain[0] > 0 || must_drain[1] > 0) return 0;
    if (linger_until == 0) linger_until = now + LINGER_MS;
    return now >= linger_until;
}

static int wait_ms(int64_t now) {
    int64_t next = -1;
    int64_t times[] = {ended ? 0 : term_at, ended ? 0 : kill_at, out_start == out_end ? linger_until : 0};
    for (size_t index = 0; index < sizeof times / sizeof *times; index++) {
        if (times[index] != 0 && (next < 0 || times[index] < next)) next = times[index];
    }
    if (next < 0) return -1;
    int64_t left = next - now;
    return left < 0 ? 0 : left > 60000 ? 60000 : (int)left;
}

static void wait_and_act(int64_t now) {
    int idle = out_start == out_end;
    struct pollfd events[5] = {
        {fd, (short)(POLLIN | (idle ? 0 : POLLOUT)), 0},
        {child_signal[0], POLLIN, 0},
        /* Without POLLOUT it still tells that the child has closed it. */
        {child.input, (short)(input_length > 0 ? POLLOUT : 0), 0},
        {idle && output_credit[0] > 0 ? child.output[0] : -1, POLLIN, 0},
        {idle && output_credit[1] > 0 ? child.output[1] : -1, POLLIN, 0},
    };
    if (poll(events, 5, wait_ms(now)) <= 0) return;
    if (events[0].revents & (POLLIN | POLLHUP | POLLERR)) read_host();
    if (events[1].revents) check_end();
    if (events[2].revents & POLLERR) drop_input();
    else if (events[2].revents) feed_child();
    if (!idle && !send_out()) return;
    for (int which = 0; which < 2; which++) {
        if (out_start == out_end && events[3 + which].revents) read_child(which);
    }
}

static void send_exit(void) {
    uint8_t payload[8];
    int signalled = end_status.si_code != CLD_EXITED;
    put_u32(payload, (signalled ? EXIT_SIGNALLED : 0) | (timed_out ? EXIT_TIMED_OUT : 0));
    put_u32(payload + 4, (uint32_t)end_status.si_status);
    on_session_end = NULL;
    send_frame(fd, FRAME_EXIT, payload, sizeof payload);
}

static int parse_request(struct exec_request *request, const uint8_t *at, uint32_t length) {
    const uint8_t *end = at + length;
    if (length < 20) return -1;
    request->flags = get_u32(at);
    request->time_limit_ms = get_u32(at + 4);
    request->window[0] = get_u32(at + 8);
    request->window[1] = get_u32(at + 12);
    size_t arguments = get_u16(at + 16), environment = get_u16(at + 18);
    at += 20;
    if (arguments == 0 || request->flags > EXEC_STDIN) return -1;
    if (request->window[0] > MAX_WINDOW || request->window[1] > MAX_WINDOW) return -1;
    request->directory = take_string(&at, end);
    request->user = request->directory != NULL ? take_string(&at, end) : NULL;
    if (request->user == NULL) return -1;
    request->arguments = calloc(arguments + environment + 2, sizeof(char *));
    if (request->arguments == NULL) fail(fd, E_INTERNAL, 0, "no memory for %zu arguments", arguments);
    request->environment = request->arguments + arguments + 1;
    request->environment_count = environment;
    for (size_t index = 0; index < arguments + environment; index++) {
        const char *string = take_string(&at, end);
        if (string == NULL) return -1;
        request->arguments[index < arguments ? index : index + 1] = (char *)string;
    }
    return at == end ? 0 : -1;
}

void run_exec(int connection, uint8_t *payload, uint32_t length) {
    struct exec_request request;
    fd = connection;
    if (parse_request(&request, payload, length) < 0) fail(fd, E_PROTOCOL, 0, "EXEC is not laid out as it should be");
    struct sigaction action = {.sa_handler = on_child_signal, .sa_flags = SA_RESTART | SA_NOCLDSTOP};
    if (pipe2(child_signal, O_CLOEXEC | O_NONBLOCK) < 0 || sigaction(SIGCHLD, &action, NULL) < 0) {
        fail(fd, E_INTERNAL, errno, "no pipe");
    }
    start_child(fd, &request, &child);
    on_session_end = kill_group;
    output_credit[0] = request.window[0];
    output_credit[1] = request.window[1];
    if (request.time_limit_ms > 0) term_at = monotonic_ms() + request.time_limit_ms;
    uint8_t pid[4];
    put_u32(pid, (uint32_t)child.pid);
    send_frame(fd, FRAME_STARTED, pid, sizeof pid);
    free(payload);
    free(request.arguments);
    check_end();
    for (;;) {
        int64_t now = monotonic_ms();
        check_limits(now);
        send_owed();
        if (is_done(now)) break;
        wait_and_act(now);
    }
    send_exit();
    end_session(fd);
}
