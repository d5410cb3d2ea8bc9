// SPDX-License-Identifier: BSL-1.0
#include "cpp_words.hpp"

#include <algorithm>
#include <string>
#include <unordered_set>

namespace remoting::idl {

namespace {

constexpr std::string_view keywords =
    "alignas alignof and and_eq asm auto bitand bitor bool break case catch char char8_t char16_t char32_t class "
    "compl concept const consteval constexpr constinit const_cast continue co_await co_return co_yield decltype "
    "default delete do double dynamic_cast else enum explicit export extern false float for friend goto if inline "
    "int long mutable namespace new noexcept not not_eq nullptr operator or or_eq private protected public "
    "register reinterpret_cast requires return short signed sizeof static static_assert static_cast struct switch "
    "template this thread_local throw true try typedef typeid typename union unsigned using virtual void volatile "
    "wchar_t while xor xor_eq";

// Macros of the C library, of POSIX and of <windows.h>, and those compilers predefine.
constexpr std::string_view macros =
    "ABSOLUTE ACCESSPERMS AIO_PRIO_DELTA_MAX ALLPERMS ALTERNATE BC_BASE_MAX BC_DIM_MAX BC_SCALE_MAX BC_STRING_MAX "
    "BIG_ENDIAN BOOL_MAX BOOL_WIDTH BRKINT BUFSIZ BYTE_ORDER CALLBACK CHARCLASS_NAME_MAX CHAR_BIT CHAR_MAX "
    "CHAR_MIN CHAR_WIDTH CLOCKS_PER_SEC CLOSE_RANGE_CLOEXEC CLOSE_RANGE_UNSHARE CMIN COLL_WEIGHTS_MAX CONST "
    "CSIGNAL CTIME DEBUG DECIMAL_DIG DEFFILEMODE DELAYTIMER_MAX DELETE DIFFERENCE DN_ACCESS DN_ATTRIB DN_CREATE "
    "DN_DELETE DN_MODIFY DN_MULTISHOT DN_RENAME DOMAIN E2BIG EACCES EADDRINUSE EADDRNOTAVAIL EADV EAFNOSUPPORT "
    "EAGAIN EALREADY EBADE EBADF EBADFD EBADMSG EBADR EBADRQC EBADSLT EBFONT EBUSY ECANCELED ECHILD ECHO ECHOCTL "
    "ECHOE ECHOK ECHOKE ECHONL ECHOPRT ECHRNG ECOMM ECONNABORTED ECONNREFUSED ECONNRESET EDEADLK EDEADLOCK "
    "EDESTADDRREQ EDOM EDOTDOT EDQUOT EEXIST EFAULT EFBIG EFD_CLOEXEC EFD_NONBLOCK EFD_SEMAPHORE EHOSTDOWN "
    "EHOSTUNREACH EHWPOISON EIDRM EILSEQ EINPROGRESS EINTR EINVAL EIO EISCONN EISDIR EISNAM EKEYEXPIRED "
    "EKEYREJECTED EKEYREVOKED EL2HLT EL2NSYNC EL3HLT EL3RST ELIBACC ELIBBAD ELIBEXEC ELIBMAX ELIBSCN ELNRNG ELOOP "
    "EMEDIUMTYPE EMFILE EMLINK EMSGSIZE EMULTIHOP ENAMETOOLONG ENAVAIL ENETDOWN ENETRESET ENETUNREACH ENFILE "
    "ENOANO ENOBUFS ENOCSI ENODATA ENODEV ENOENT ENOEXEC ENOKEY ENOLCK ENOLINK ENOMEDIUM ENOMEM ENOMSG ENONET "
    "ENOPKG ENOPROTOOPT ENOSPC ENOSR ENOSTR ENOSYS ENOTBLK ENOTCONN ENOTDIR ENOTEMPTY ENOTNAM ENOTRECOVERABLE "
    "ENOTSOCK ENOTSUP ENOTTY ENOTUNIQ ENXIO EOF EOPNOTSUPP EOVERFLOW EOWNERDEAD EPERM EPFNOSUPPORT EPIPE EPOLLERR "
    "EPOLLET EPOLLEXCLUSIVE EPOLLHUP EPOLLIN EPOLLMSG EPOLLONESHOT EPOLLOUT EPOLLPRI EPOLLRDBAND EPOLLRDHUP "
    "EPOLLRDNORM EPOLLWAKEUP EPOLLWRBAND EPOLLWRNORM EPROTO EPROTONOSUPPORT EPROTOTYPE ERANGE EREMCHG EREMOTE "
    "EREMOTEIO ERESTART ERFKILL EROFS ERROR ESHUTDOWN ESOCKTNOSUPPORT ESPIPE ESRCH ESRMNT ESTALE ESTRPIPE ETIME "
    "ETIMEDOUT ETOOMANYREFS ETXTBSY EUCLEAN EUNATCH EUSERS EWOULDBLOCK EXDEV EXFULL EXIT_FAILURE EXIT_SUCCESS "
    "EXPR_NEST_MAX EXTA EXTB EXTPROC FALLOC_FL_COLLAPSE_RANGE FALLOC_FL_INSERT_RANGE FALLOC_FL_KEEP_SIZE "
    "FALLOC_FL_NO_HIDE_STALE FALLOC_FL_PUNCH_HOLE FALLOC_FL_UNSHARE_RANGE FALLOC_FL_ZERO_RANGE FALSE FAPPEND FAR "
    "FASYNC FFDLY FFSYNC FILENAME_MAX FLUSHO FNDELAY FNONBLOCK FOPEN_MAX GAI_NOWAIT GAI_WAIT GROUP_FILTER_SIZE "
    "HOST_NAME_MAX HOST_NOT_FOUND HUGE_VAL HUGE_VALF HUGE_VALL HUGE_VAL_F128 HUGE_VAL_F32 HUGE_VAL_F32X "
    "HUGE_VAL_F64 HUGE_VAL_F64X HUPCL IF_NAMESIZE IGNORE IN IN6ADDR_ANY_INIT IN6ADDR_LOOPBACK_INIT "
    "INET6_ADDRSTRLEN INET_ADDRSTRLEN INT16_C INT16_MAX INT16_MIN INT16_WIDTH INT32_C INT32_MAX INT32_MIN "
    "INT32_WIDTH INT64_C INT64_MAX INT64_MIN INT64_WIDTH INT8_C INT8_MAX INT8_MIN INT8_WIDTH INTMAX_C INTMAX_MAX "
    "INTMAX_MIN INTMAX_WIDTH INTPTR_MAX INTPTR_MIN INTPTR_WIDTH INT_MAX INT_MIN INT_WIDTH IN_BADCLASS IN_CLASSA "
    "IN_CLASSA_HOST IN_CLASSA_MAX IN_CLASSA_NET IN_CLASSA_NSHIFT IN_CLASSB IN_CLASSB_HOST IN_CLASSB_MAX "
    "IN_CLASSB_NET IN_CLASSB_NSHIFT IN_CLASSC IN_CLASSC_HOST IN_CLASSC_NET IN_CLASSC_NSHIFT IN_CLASSD "
    "IN_EXPERIMENTAL IN_LOOPBACKNET IN_MULTICAST IOCSIZE_MASK IOCSIZE_SHIFT IOC_IN IOC_INOUT IOC_OUT IOV_MAX "
    "ITIMER_PROF ITIMER_REAL ITIMER_VIRTUAL IUTF8 LINE_MAX LITTLE_ENDIAN LLONG_MAX LLONG_MIN LLONG_WIDTH LOCK_EX "
    "LOCK_MAND LOCK_NB LOCK_READ LOCK_RW LOCK_SH LOCK_UN LOCK_WRITE LOGIN_NAME_MAX LONG_BIT LONG_LONG_MAX "
    "LONG_LONG_MIN LONG_MAX LONG_MIN LONG_WIDTH MATH_ERREXCEPT MATH_ERRNO MAXFLOAT MAX_CANON MAX_HANDLE_SZ "
    "MAX_INPUT MB_CUR_MAX MB_LEN_MAX MCL_CURRENT MCL_FUTURE MCL_ONFAULT MFD_ALLOW_SEALING MFD_CLOEXEC MFD_HUGETLB "
    "MINSIGSTKSZ MLOCK_ONFAULT MQ_PRIO_MAX MS_ASYNC MS_INVALIDATE MS_SYNC NAME_MAX NAN NCC NCCS NDEBUG NEAR "
    "NETDB_INTERNAL NETDB_SUCCESS NFDBITS NGREG NGROUPS_MAX NOFLSH NO_ADDRESS NO_DATA NO_ERROR NO_RECOVERY NSIG "
    "NULL NZERO N_6PACK N_AX25 N_HCI N_HDLC N_IRDA N_MASC N_MOUSE N_PPP N_PROFIBUS_FDL N_R3964 N_SLIP N_SMSBLOCK "
    "N_STRIP N_SYNC_PPP N_TTY N_X25 OPAQUE OPTIONAL OUT OVERFLOW PARENB PARMRK PARODD PASCAL PATH_MAX PDP_ENDIAN "
    "PENDIN PIPE_BUF POLLERR POLLHUP POLLIN POLLMSG POLLNVAL POLLOUT POLLPRI POLLRDBAND POLLRDHUP POLLRDNORM "
    "POLLREMOVE POLLWRBAND POLLWRNORM PTRDIFF_MAX PTRDIFF_MIN PTRDIFF_WIDTH PURE RAND_MAX RELATIVE "
    "RENAME_EXCHANGE RENAME_NOREPLACE RENAME_WHITEOUT RE_DUP_MAX RTSIG_MAX RWH_WRITE_LIFE_EXTREME "
    "RWH_WRITE_LIFE_LONG RWH_WRITE_LIFE_MEDIUM RWH_WRITE_LIFE_NONE RWH_WRITE_LIFE_NOT_SET RWH_WRITE_LIFE_SHORT "
    "R_OK SCHAR_MAX SCHAR_MIN SCHAR_WIDTH SEM_FAILED SEM_VALUE_MAX SHRT_MAX SHRT_MIN SHRT_WIDTH SIGABRT SIGALRM "
    "SIGBUS SIGCHLD SIGCLD SIGCONT SIGFPE SIGHUP SIGILL SIGINT SIGIO SIGIOT SIGKILL SIGPIPE SIGPOLL SIGPROF "
    "SIGPWR SIGQUIT SIGRTMAX SIGRTMIN SIGSEGV SIGSTKFLT SIGSTKSZ SIGSTOP SIGSYS SIGTERM SIGTRAP SIGTSTP SIGTTIN "
    "SIGTTOU SIGURG SIGUSR1 SIGUSR2 SIGVTALRM SIGWINCH SIGXCPU SIGXFSZ SIOGIFINDEX SIZE_MAX SIZE_WIDTH SOMAXCONN "
    "SPLICE_F_GIFT SPLICE_F_MORE SPLICE_F_MOVE SPLICE_F_NONBLOCK SSIZE_MAX STATX_ALL STATX_ATIME "
    "STATX_ATTR_APPEND STATX_ATTR_AUTOMOUNT STATX_ATTR_COMPRESSED STATX_ATTR_DAX STATX_ATTR_ENCRYPTED "
    "STATX_ATTR_IMMUTABLE STATX_ATTR_MOUNT_ROOT STATX_ATTR_NODUMP STATX_ATTR_VERITY STATX_BASIC_STATS "
    "STATX_BLOCKS STATX_BTIME STATX_CTIME STATX_DIOALIGN STATX_GID STATX_INO STATX_MNT_ID STATX_MODE STATX_MTIME "
    "STATX_NLINK STATX_SIZE STATX_TYPE STATX_UID STDERR_FILENO STDIN_FILENO STDOUT_FILENO STRICT SUN_LEN "
    "SYNC_FILE_RANGE_WAIT_AFTER SYNC_FILE_RANGE_WAIT_BEFORE SYNC_FILE_RANGE_WRITE SYNC_FILE_RANGE_WRITE_AND_WAIT "
    "S_BLKSIZE S_TYPEISMQ S_TYPEISSEM S_TYPEISSHM TEMP_FAILURE_RETRY TFD_CLOEXEC TFD_NONBLOCK TFD_TIMER_ABSTIME "
    "TFD_TIMER_CANCEL_ON_SET TH_ACK TH_FIN TH_PUSH TH_RST TH_SYN TH_URG TIMER_ABSTIME TIMESPEC_TO_TIMEVAL "
    "TIMEVAL_TO_TIMESPEC TIME_UTC TMP_MAX TOSTOP TRANSPARENT TRUE TRY_AGAIN TTY_NAME_MAX UCHAR_MAX UCHAR_WIDTH "
    "UINT16_C UINT16_MAX UINT16_WIDTH UINT32_C UINT32_MAX UINT32_WIDTH UINT64_C UINT64_MAX UINT64_WIDTH UINT8_C "
    "UINT8_MAX UINT8_WIDTH UINTMAX_C UINTMAX_MAX UINTMAX_WIDTH UINTPTR_MAX UINTPTR_WIDTH UINT_MAX UINT_WIDTH "
    "UIO_MAXIOV ULLONG_MAX ULLONG_WIDTH ULONG_LONG_MAX ULONG_MAX ULONG_WIDTH UNDERFLOW USHRT_MAX USHRT_WIDTH "
    "UTIME_NOW UTIME_OMIT VOID WAIT_ANY WAIT_MYPGRP WCHAR_MAX WCHAR_MIN WCHAR_WIDTH WCONTINUED WCOREDUMP "
    "WCOREFLAG WEOF WEXITED WEXITSTATUS WIFCONTINUED WIFEXITED WIFSIGNALED WIFSTOPPED WINAPI WINT_MAX WINT_MIN "
    "WINT_WIDTH WNOHANG WNOWAIT WORD_BIT WSTOPPED WSTOPSIG WTERMSIG WUNTRACED W_EXITCODE W_OK W_STOPCODE XCASE "
    "XTABS X_OK alloca assert assert_perror be16toh be32toh be64toh errno h_addr h_errno htobe16 htobe32 htobe64 "
    "htole16 htole32 htole64 ifa_broadaddr ifa_dstaddr ifc_buf ifc_req ifr_addr ifr_bandwidth ifr_broadaddr "
    "ifr_data ifr_dstaddr ifr_flags ifr_hwaddr ifr_ifindex ifr_map ifr_metric ifr_mtu ifr_name ifr_netmask "
    "ifr_newname ifr_qlen ifr_slave interface issubnormal le16toh le32toh le64toh linux INFINITY major makedev "
    "math_errhandling max min minor offsetof "
    "pthread_cleanup_pop pthread_cleanup_pop_restore_np pthread_cleanup_push pthread_cleanup_push_defer_np "
    "s6_addr s6_addr16 s6_addr32 sa_handler sa_sigaction sched_priority setjmp si_addr si_addr_lsb si_arch "
    "si_band si_call_addr si_fd si_int si_lower si_overrun si_pid si_pkey si_ptr si_status si_stime si_syscall "
    "si_timerid si_uid si_upper si_utime si_value sigev_notify_attributes sigev_notify_function sigmask sigsetjmp "
    "st_atime st_ctime st_mtime stderr stdin stdout strdupa strndupa timeradd timerclear timercmp timerisset "
    "timersub unix va_arg va_copy va_end va_start";

// Macros come in families; escaping a name that is none does no harm.
constexpr std::string_view macro_prefixes =
    "ADJ_ AF_ AI_ ATOMIC_ AT_ BUS_ CLD_ CLOCK_ CLONE_ CPU_ DBL_ EAI_ EPOLL_ FD_ FE_ FLT_ FPE_ FP_ F_ ILL_ IN6_ "
    "INADDR_ IPPORT_ IPPROTO_ IPV6_ IP_ LC_ LDBL_ MADV_ MAP_ MCAST_ MOD_ MSG_ M_ NI_ NL_ O_ PF_ POLL_ POSIX_ PRI "
    "PROT_ PTHREAD_ REG_ SA_ SCHED_ SCM_ SCN SEEK_ SEGV_ SHUT_ SIGEV_ SIG_ SI_ SNAN SOCK_ SOL_ SO_ SS_ STA_ SYS_ "
    "S_I TCP_ TRAP_ XATTR_";

// What the C library and POSIX declare in the global namespace, where a namespace would clash.
constexpr std::string_view globals =
    "FILE a64l abort abs accept accept4 access acct acos acosh adjtime alarm aligned_alloc arc4random "
    "arc4random_buf arc4random_uniform asctime asin asinh asprintf atan atan2 atanh atexit atof atoi atol atoll "
    "bind brk bsearch btowc calloc canonicalize canonicalize_file_name cbrt ceil chdir chmod chown chroot "
    "clearenv clearerr clock clone close close_range closefrom cmsghdr comparison_fn_t confstr connect "
    "copy_file_range copysign cos cosh cpu_set_t creat crypt ctermid ctime cuserid daemon daylight difftime div "
    "div_t double_t dprintf drand48 drand48_data drem dup dup2 dup3 duplocale dysize eaccess ecvt endusershell "
    "environ erand48 erf erfc error_t euidaccess execl execle execlp execv execve execveat execvp execvpe exit "
    "exp exp10 exp2 explicit_bzero expm1 f_owner_ex fabs faccessat fchdir fchmod fchmodat fchown fchownat fclose "
    "fcloseall fcntl fcvt fdatasync fdim fdopen feclearexcept fedisableexcept feenableexcept fegetenv fegetexcept "
    "fegetexceptflag fegetmode fegetround feholdexcept femode_t fenv_t feof feraiseexcept ferror fesetenv "
    "fesetexcept fesetexceptflag fesetmode fesetround fetestexcept fetestexceptflag feupdateenv fexcept_t fexecve "
    "fflush fgetc fgetpos fgets fgetwc fgetws file_handle fileno finite float_t flock flockfile floor fma fmax "
    "fmaximum fmaximum_mag fmaximum_mag_num fmaximum_num fmaxmag fmemopen fmin fminimum fminimum_mag "
    "fminimum_mag_num fminimum_num fminmag fmod fopen fopencookie fork fpathconf fpos64_t fpos_t fpregset_t "
    "fprintf fputc fputs fputwc fputws fread free freelocale freopen frexp fromfp fromfpx fscanf fseek fseeko "
    "fsetpos fstat fstatat fsync ftell ftello ftruncate ftrylockfile funlockfile futimens futimes futimesat fwide "
    "fwprintf fwrite fwscanf gamma gcvt get_current_dir_name getc getchar getcpu getcwd getdate getdate_err "
    "getdelim getdomainname getdtablesize getegid getentropy getenv geteuid getgid getgroups gethostid "
    "gethostname getitimer getline getloadavg getlogin getpagesize getpass getpayload getpeername getpgid getpgrp "
    "getpid getppid getpt getresgid getresuid getsid getsockname getsockopt getsubopt gettid gettimeofday getuid "
    "getumask getusershell getw getwc getwchar getwd gmtime grantpt greg_t gregset_t group_member gsignal hypot "
    "idtype_t ilogb imaxabs imaxdiv imaxdiv_t initstate intmax_t intptr_t iovec isalnum isalpha isascii isatty "
    "isblank iscntrl isctype isdigit isfdtype isgraph islower isprint ispunct isspace isupper iswalnum iswalpha "
    "iswblank iswcntrl iswctype iswdigit iswgraph iswlower iswprint iswpunct iswspace iswupper iswxdigit isxdigit "
    "itimerspec itimerval j0 j1 jmp_buf jn jrand48 kill killpg l64a labs lchmod lchown lcong48 lconv ldexp ldiv "
    "ldiv_t lgamma linger link linkat listen llabs lldiv lldiv_t llogb llrint llround locale_t localeconv "
    "localtime lockf log log10 log1p log2 logb longjmp lrand48 lrint lround lseek lstat lutimes malloc "
    "max_align_t mblen mbrlen mbrtowc mbsinit mbsnrtowcs mbsrtowcs mbstate_t mbstowcs mbtowc mcontext_t memccpy "
    "memcmp memcpy memfd_create memfrob memmem memmove mempcpy memset mkdir mkdirat mkdtemp mkfifo mkfifoat mknod "
    "mknodat mkstemp mkstemps mktemp mktime mlock2 mmsghdr modf mrand48 msghdr nan nanosleep nearbyint newlocale "
    "nextafter nextdown nexttoward nextup nfds_t nice nrand48 obstack obstack_printf obstack_vprintf on_exit open "
    "open_memstream open_wmemstream openat osockaddr pathconf pause pclose perror pipe pipe2 poll pollfd popen "
    "pow ppoll pread printf profil program_invocation_name program_invocation_short_name psiginfo psignal "
    "ptrdiff_t ptsname putc putchar putenv puts putw putwc putwchar pwrite qsort quick_exit raise rand random "
    "random_data read readlink readlinkat realloc reallocarray realpath recv recvfrom recvmmsg recvmsg remainder "
    "remove remquo rename renameat renameat2 revoke rewind rint rmdir round roundeven rpmatch rusage sa_family_t "
    "sbrk scalb scalbln scalbn scanf secure_getenv seed48 send sendmmsg sendmsg sendto setbuf setbuffer "
    "setdomainname setenv sethostid sethostname setitimer setlinebuf setlocale setlogin setns setpayload "
    "setpayloadsig setpgid setpgrp setsid setsockopt setstate settimeofday setusershell setvbuf shutdown "
    "sig_atomic_t sig_t sigabbrev_np sigaction sigaddset sigaltstack sigandset sigblock sigcontext sigdelset "
    "sigdescr_np sigemptyset sigevent sigevent_t sigfillset siggetmask sighandler_t sighold sigignore siginfo_t "
    "siginterrupt sigisemptyset sigismember sigjmp_buf siglongjmp signal signgam significand sigorset sigpause "
    "sigpending sigprocmask sigqueue sigrelse sigreturn sigset sigsetmask sigstack sigsuspend sigtimedwait sigval "
    "sigval_t sigwait sigwaitinfo sin sincos sinh size_t sleep snprintf sockaddr sockaddr_storage sockatmark "
    "socket socketpair socklen_t sprintf sqrt srand srand48 srandom sscanf ssignal stack_t stat statx "
    "statx_timestamp stpcpy stpncpy strcat strcmp strcoll strcpy strcspn strdup strerror strerrordesc_np "
    "strerrorname_np strfromd strfromf strfromf64x strfroml strfry strftime strlen strncat strncmp strncpy "
    "strndup strnlen strptime strsep strsignal strspn strverscmp strxfrm swab swprintf swscanf symlink symlinkat "
    "sync syncfs syscall sysconf system sysv_signal tan tanh tcgetpgrp tcsetpgrp tempnam tgamma tgkill time "
    "timegm timelocal timespec_get timespec_getres timex timezone tm tmpfile tmpnam toascii tolower toupper "
    "towctrans towlower towupper trunc truncate ttyname ttyslot tzname tzset ualarm ucontext_t ucred ufromfp "
    "ufromfpx uintmax_t uintptr_t umask ungetc ungetwc unlink unlinkat unlockpt unsetenv unshare uselocale usleep "
    "utimensat utimes va_list valloc vasprintf vdprintf vhangup vprintf wait wait3 wait4 waitid waitpid wcpcpy "
    "wcpncpy wcrtomb wcscasecmp wcscat wcschr wcschrnul wcscmp wcscoll wcscpy wcscspn wcsdup wcsftime wcslen "
    "wcsncasecmp wcsncat wcsncmp wcsncpy wcsnlen wcsnrtombs wcspbrk wcsrchr wcsrtombs wcsspn wcsstr wcswcs "
    "wcswidth wcsxfrm wctob wctomb wctrans wctrans_t wctype wctype_t wcwidth wint_t wmemchr wmemcmp wmemcpy "
    "wmemmove wmempcpy wmemset wprintf write wscanf y0 y1 yn";

// Global variables, which a parameter of that name would shadow.
constexpr std::string_view global_variables = "daylight environ optarg opterr optind optopt signgam timezone tzname";

using Words = std::unordered_set<std::string_view>;

Words split(std::string_view list)
{
    Words words;
    while (!list.empty()) {
        const std::size_t end = std::min(list.find(' '), list.size());
        words.insert(list.substr(0, end));
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return words;
}

}  // namespace

bool is_cpp_keyword(std::string_view name)
{
    static const Words words = split(keywords);
    return words.contains(name);
}

bool may_be_macro(std::string_view name)
{
    static const Words words = split(macros);
    static const Words prefixes = split(macro_prefixes);
    return words.contains(name) || std::any_of(prefixes.begin(), prefixes.end(),
                                               [&](std::string_view prefix) { return name.starts_with(prefix); });
}

bool is_global_name(std::string_view name)
{
    static const Words words = split(globals);
    return words.contains(name) || is_global_variable(name);
}

bool is_global_variable(std::string_view name)
{
    static const Words words = split(global_variables);
    return words.contains(name);
}

}  // namespace remoting::idl
