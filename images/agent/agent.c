/* The guest agent of tabvisor: see PROTOCOL.md. This process accepts, keeps the control connection, and forks a
 * process per session, so that a session can block, fail or be fed nonsense without harm to the others. */
#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define RETRY_MS 200
/* After a connection that had stood: a restored machine should be ready at once. */
#define RECONNECT_MS 5
#define STOOD_MS 1000
#define REFUSED_RETRY_MS 5000
#define MAX_REFUSALS 16

static int wake_pipe[2];
static int sessions;

static struct {
    int fd;
    int connected;
    int refused;
    int64_t since;
    int64_t retry_at;
} control = {-1, 0, 0, 0, 0};

static void on_child(int signal_number) {
    (void)signal_number;
    int error = errno;
    if (write(wake_pipe[1], "", 1) < 0) { /* Full: then the loop wakes anyway. */
    }
    errno = error;
}

static void reap(void) {
    char waste[64];
    while (read(wake_pipe[0], waste, sizeof waste) > 0) {
    }
    while (waitpid(-1, NULL, WNOHANG) > 0) {
        if (sessions > 0) sessions--;
    }
}

static void control_close(void) {
    if (control.fd >= 0) close(control.fd);
    int64_t now = monotonic_ms();
    int stood = control.connected && now - control.since >= STOOD_MS;
    control.fd = -1;
    control.connected = 0;
    control.retry_at = now + (control.refused ? REFUSED_RETRY_MS : stood ? RECONNECT_MS : RETRY_MS);
}

static void control_open(void) {
    control.refused = 0;
    control.fd = platform_connect_host();
    if (control.fd < 0) control_close();
}

static void control_connected(void) {
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(control.fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 || error != 0) {
        control_close();
        return;
    }
    uint8_t frames[512];
    size_t length = put_hello(frames);
    length += put_ready(frames + length, sizeof frames - length);
    /* A new socket has room for this; one that has not is not worth keeping. */
    if (send(control.fd, frames, length, MSG_NOSIGNAL) != (ssize_t)length) {
        control_close();
        return;
    }
    control.connected = 1;
    control.since = monotonic_ms();
}

/* The host says HELLO, and ERROR when it will not have us; nothing else is of interest. */
static void control_read(void) {
    uint8_t bytes[512];
    ssize_t got = recv(control.fd, bytes, sizeof bytes, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
        control_close();
        return;
    }
    size_t at = 0;
    if (got >= HEADER_BYTES + 8 && bytes[0] == FRAME_HELLO) at = HEADER_BYTES + 8;
    if ((size_t)got > at && bytes[at] == FRAME_ERROR) control.refused = 1;
}

static void become_session(int fd, int listener, int is_too_many) {
    close(listener);
    close(wake_pipe[0]);
    close(wake_pipe[1]);
    if (control.fd >= 0) close(control.fd);
    signal(SIGCHLD, SIG_DFL);
    /* Sessions block; the listening socket may have given its non-blocking mode on. */
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    if (is_too_many) refuse_session(fd);
    run_session(fd);
}

/* Refusing takes a process too, or the close could overtake the reason; beyond those there is only the close. */
static void accept_session(int listener) {
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0) return;
    if (!platform_is_host(fd)) {
        close(fd);
        return;
    }
    pid_t pid = sessions < MAX_SESSIONS + MAX_REFUSALS ? fork() : -1;
    if (pid == 0) become_session(fd, listener, sessions >= MAX_SESSIONS);
    if (pid > 0) sessions++;
    close(fd);
}

static int wait_ms(void) {
    if (control.fd >= 0) return -1;
    int64_t left = control.retry_at - monotonic_ms();
    return left > 0 ? (int)left : 0;
}

int main(int argc, char **argv) {
    struct sigaction child = {.sa_handler = on_child, .sa_flags = SA_RESTART | SA_NOCLDSTOP};
    signal(SIGPIPE, SIG_IGN);
    /* 0, 1 and 2 must be taken, so that no socket of ours gets such a number. */
    for (int taken = 0; taken >= 0 && taken < 3;) taken = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (pipe2(wake_pipe, O_CLOEXEC | O_NONBLOCK) < 0 || sigaction(SIGCHLD, &child, NULL) < 0) return 1;
    set_oom_adjustment("-1000");
    int listener = platform_listen(argc, argv);
    if (listener < 0) {
        fprintf(stderr, "tabvisor-agent: cannot listen: %s\n", strerror(errno));
        /* Whoever restarts us should not do so in a busy loop. */
        sleep(5);
        return 1;
    }
    for (;;) {
        if (control.fd < 0 && control.retry_at <= monotonic_ms()) control_open();
        short wanted = control.connected ? POLLIN : POLLOUT;
        struct pollfd events[] = {{wake_pipe[0], POLLIN, 0}, {listener, POLLIN, 0}, {control.fd, wanted, 0}};
        if (poll(events, 3, wait_ms()) < 0) continue;
        if (events[0].revents) reap();
        if (events[1].revents) accept_session(listener);
        if (control.fd >= 0 && events[2].revents) {
            if (control.connected) control_read();
            else control_connected();
        }
    }
}
