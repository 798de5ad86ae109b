/* Server, client, key tool and scp in one binary; small code, no obsolete algorithms (dropbear's localoptions.h). */
#define DROPBEAR_SMALL_CODE 1
#define INETD_MODE 0
#define DROPBEAR_X11FWD 0
#define DROPBEAR_DSS 0
#define DROPBEAR_DH_GROUP14_SHA1 0
#define DROPBEAR_RSA_SHA1 0
#define DO_HOST_LOOKUP 0
#define DROPBEAR_SFTPSERVER 0
#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define DEFAULT_ROOT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define DROPBEAR_PATH_SSH_PROGRAM "/usr/bin/dbclient"
