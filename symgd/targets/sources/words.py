"""The words of C and of its library, which the name of an exported function may not be.

A file is included wherever its user likes, after whatever headers: a name that one of them defines
as a macro is text that is replaced, and one that it declares is a second declaration. Listed are
ISO C (7.1.3 reserves its names whether or not their headers are included), the error numbers and
signals of POSIX, and what compilers define beside them unless they are told to be strict.
"""

from __future__ import annotations

import re

# Of C and C++, where Python has no such word; Python's own are in `keyword`.
C_WORDS = """
alignas alignof and_eq asm auto bitand bitor bool case catch char char16_t char32_t char8_t class
compl concept const const_cast consteval constexpr constinit co_await co_return co_yield decltype
default delete do double dynamic_cast enum explicit export extern false float friend goto inline
int long main mutable namespace new noexcept not_eq nullptr operator or_eq private protected public
register reinterpret_cast requires restrict short signed sizeof static static_assert static_cast
struct switch template this thread_local throw true typedef typeid typename typeof union unsigned
using virtual void volatile wchar_t xor xor_eq linux unix i386
"""

# Of <math.h> and <complex.h>: each is there for float and long double too, with f and l at its end.
C_MATHEMATICS = """
acos acosh asin asinh atan atan2 atanh cabs cacos cacosh carg casin casinh catan catanh cbrt ccos
ccosh ceil cexp cimag clog conj copysign cos cosh cpow cproj creal csin csinh csqrt ctan ctanh drem
erf erfc exp exp10 exp2 expm1 fabs fdim finite floor fma fmax fmin fmod frexp gamma hypot ilogb
isinf isnan j0 j1 jn ldexp lgamma llrint llround log log10 log1p log2 logb lrint lround modf nan
nearbyint nextafter nexttoward pow remainder remquo rint round scalb scalbln scalbn significand sin
sincos sinh sqrt tan tanh tgamma trunc y0 y1 yn
"""

C_LIBRARY = """
BIG_ENDIAN BUFSIZ BYTE_ORDER CHAR_BIT CHAR_MAX CHAR_MIN CLOCKS_PER_SEC CMPLX CMPLXF CMPLXL
DECIMAL_DIG EOF EXIT_FAILURE EXIT_SUCCESS LITTLE_ENDIAN FILE FILENAME_MAX FOPEN_MAX FPOS_T HUGE
HUGE_VAL HUGE_VALF HUGE_VALL I INFINITY MATH_ERREXCEPT MATH_ERRNO MAXFLOAT MB_CUR_MAX MB_LEN_MAX NAN
NDEBUG NULL RAND_MAX SEEK_CUR SEEK_END SEEK_SET SNAN SNANF SNANL TMP_MAX TIME_UTC WEOF L_tmpnam
abort abs acospi aligned_alloc alloca asctime asprintf assert at_quick_exit atexit atof atoi atol
atoll bcmp bcopy bsearch btowc bzero calloc canonicalize clearerr clock complex ctime daylight
difftime div environ errno exit fclose feclearexcept fegetenv fegetexceptflag fegetround
feholdexcept feof feraiseexcept ferror fesetenv fesetexceptflag fesetround fetestexcept feupdateenv
fflush fgetc fgetpos fgets fgetwc fgetws fileno fopen fpclassify fprintf fputc fputs fputwc fputws
fread free freopen fscanf fseek fsetpos ftell fwide fwprintf fwrite fwscanf getc getchar getenv gets
getwc getwchar gmtime imaginary imaxabs imaxdiv index isalnum isalpha isascii isblank iscntrl
isdigit iseqsig isfinite isgraph isgreater isgreaterequal isless islessequal islessgreater islower
isnormal isprint ispunct issignaling isspace issubnormal isunordered isupper iswalnum iswalpha
iswblank iswcntrl iswctype iswdigit iswgraph iswlower iswprint iswpunct iswspace iswupper iswxdigit
isxdigit iszero kill_dependency labs ldiv llabs lldiv localeconv localtime longjmp malloc
math_errhandling max_align_t mblen mbrlen mbrtoc16 mbrtoc32 mbrtowc mbsinit mbsrtowcs mbstowcs
mbtowc memccpy memchr memcmp memcpy memmove mempcpy memset mktime noreturn offsetof perror printf
putc putchar puts putwc putwchar qsort quick_exit raise rand read realloc remove rename rewind
rindex scanf setbuf setjmp setlocale setvbuf sig_atomic_t sigmask signal signbit signgam sigsetjmp
snprintf sprintf srand sscanf stderr stdin stdout stpcpy stpncpy strcasecmp strcat strchr strcmp
strcoll strcpy strcspn strdup strerror strfromd strfromf strfroml strftime strlen strncasecmp
strncat strncmp strncpy strndup strpbrk strrchr strspn strstr strtod strtof strtoimax strtok strtol
strtold strtoll strtoul strtoull strtoumax strxfrm swprintf swscanf system time timespec timezone tm
tmpfile tmpnam toascii tolower toupper towctrans towlower towupper tzname ungetc ungetwc unreachable
va_arg va_copy va_end va_list va_start vasprintf vfprintf vfscanf vfwprintf vfwscanf vprintf vscanf
vsnprintf vsprintf vsscanf vswprintf vswscanf vwprintf vwscanf wcrtomb wcscat wcschr wcscmp wcscoll
wcscpy wcscspn wcsftime wcslen wcsncat wcsncmp wcsncpy wcspbrk wcsrchr wcsrtombs wcsspn wcsstr
wcstod wcstof wcstoimax wcstok wcstol wcstold wcstoll wcstombs wcstoul wcstoull wcstoumax wcsxfrm
wctob wctomb wctrans wctype wmemchr wmemcmp wmemcpy wmemmove wmemset wprintf write wscanf
"""

# Of <errno.h> and <signal.h>.
C_NUMBERS = """
E2BIG EACCES EADDRINUSE EADDRNOTAVAIL EADV EAFNOSUPPORT EAGAIN EALREADY EBADE EBADF EBADFD EBADMSG
EBADR EBADRQC EBADSLT EBFONT EBUSY ECANCELED ECHILD ECHRNG ECOMM ECONNABORTED ECONNREFUSED
ECONNRESET EDEADLK EDEADLOCK EDESTADDRREQ EDOM EDOTDOT EDQUOT EEXIST EFAULT EFBIG EHOSTDOWN
EHOSTUNREACH EHWPOISON EIDRM EILSEQ EINPROGRESS EINTR EINVAL EIO EISCONN EISDIR EISNAM EKEYEXPIRED
EKEYREJECTED EKEYREVOKED EL2HLT EL2NSYNC EL3HLT EL3RST ELIBACC ELIBBAD ELIBEXEC ELIBMAX ELIBSCN
ELNRNG ELOOP EMEDIUMTYPE EMFILE EMLINK EMSGSIZE EMULTIHOP ENAMETOOLONG ENAVAIL ENETDOWN ENETRESET
ENETUNREACH ENFILE ENOANO ENOBUFS ENOCSI ENODATA ENODEV ENOENT ENOEXEC ENOKEY ENOLCK ENOLINK
ENOMEDIUM ENOMEM ENOMSG ENONET ENOPKG ENOPROTOOPT ENOSPC ENOSR ENOSTR ENOSYS ENOTBLK ENOTCONN
ENOTDIR ENOTEMPTY ENOTNAM ENOTRECOVERABLE ENOTSOCK ENOTSUP ENOTTY ENOTUNIQ ENXIO EOPNOTSUPP
EOVERFLOW EOWNERDEAD EPERM EPFNOSUPPORT EPIPE EPROTO EPROTONOSUPPORT EPROTOTYPE ERANGE EREMCHG
EREMOTE EREMOTEIO ERESTART ERFKILL EROFS ESHUTDOWN ESOCKTNOSUPPORT ESPIPE ESRCH ESRMNT ESTALE
ESTRPIPE ETIME ETIMEDOUT ETOOMANYREFS ETXTBSY EUCLEAN EUNATCH EUSERS EWOULDBLOCK EXDEV EXFULL
SIGABRT SIGALRM SIGBUS SIGCHLD SIGCLD SIGCONT SIGFPE SIGHUP SIGILL SIGINT SIGIO SIGIOT SIGKILL
SIGPIPE SIGPOLL SIGPROF SIGPWR SIGQUIT SIGRTMAX SIGRTMIN SIGSEGV SIGSTKFLT SIGSTOP SIGSYS SIGTERM
SIGTRAP SIGTSTP SIGTTIN SIGTTOU SIGURG SIGUSR1 SIGUSR2 SIGVTALRM SIGWINCH SIGXCPU SIGXFSZ
"""

# Families of macros and types, each of which a rule says better than a list.
C_FAMILIES = re.compile(
    r"""
      (FE|FP|FLT|DBL|LDBL|FLT\d+|LC|M|ATOMIC|SIG|CLOCK)_[A-Z0-9_]+   # <float.h>, M_PI, LC_ALL
    | (PRI|SCN)[diouxXb](\d+|FAST\d+|LEAST\d+|MAX|PTR)               # <inttypes.h>
    | U?INT(PTR|MAX|(_FAST|_LEAST)?\d+)_(C|MAX|MIN|WIDTH)            # <stdint.h>
    | U?(CHAR|SCHAR|SHRT|INT|LONG|LLONG|SIZE|PTRDIFF|SIG_ATOMIC|WCHAR|WINT|BOOL)_(MAX|MIN|WIDTH)
    | [A-Za-z0-9_]+_t                                                # size_t, and what POSIX keeps
    """,
    re.VERBOSE,
)


def c_words() -> tuple[str, ...]:
    """Every word of the lists above."""
    mathematics = C_MATHEMATICS.split()
    return (
        *C_WORDS.split(),
        *(w + ending for w in mathematics for ending in ("", "f", "l")),
        *(f"lgamma{ending}_r" for ending in ("", "f", "l")),
        *C_LIBRARY.split(),
        *C_NUMBERS.split(),
    )


__all__ = ["C_FAMILIES", "c_words"]
