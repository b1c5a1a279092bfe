import io.netty.util.HashedWheelTimer;
import io.netty.util.Timeout;
import io.netty.util.TimerTask;
import io.netty.util.Version;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Timers on Netty's {@code HashedWheelTimer}, with its default tick of 100 ms. */
final class Peer {
    private static final int EXIT_WRONG_ANSWER = 1, EXIT_USAGE = 2, EXIT_UNSUPPORTED = 3;
    private static final int CHURNS = 1_000_000, WARM_UP = 2_000_000, CHECKS = 1_000;
    /** In which work that was put off is done, and counted: in each tick no more than 100,000 timeouts come from a queue into the wheel. */
    private static final int SETTLING_MILLISECONDS = 1_500;

    private final HashedWheelTimer timer = new HashedWheelTimer();
    private final AtomicInteger fired = new AtomicInteger();
    private final TimerTask fire = timeout -> fired.incrementAndGet();
    private int cancelled;

    private long beginWall, beginCPU, wall, cpu;

    private Timeout schedule() {
        return timer.newTimeout(fire, 30, TimeUnit.SECONDS);
    }

    private void cancel(Timeout timeout) {
        if (timeout.cancel()) cancelled++;
    }

    private void begin() {
        beginWall = System.nanoTime();
        beginCPU = cpuTime();
    }

    private void end(int settling) throws InterruptedException {
        wall = System.nanoTime() - beginWall;
        Thread.sleep(settling);
        cpu = cpuTime() - beginCPU;
    }

    /** The timeouts are cancelled in the order in which they came. */
    private void churn(Timeout[] waiting, int count) {
        for (int number = 0; number < count; number++) {
            int place = number % waiting.length;
            cancel(waiting[place]);
            waiting[place] = schedule();
        }
    }

    private void fill(Timeout[] waiting) {
        for (int place = 0; place < waiting.length; place++) waiting[place] = schedule();
    }

    private void cancelAll(Timeout[] waiting) {
        for (Timeout timeout : waiting) cancel(timeout);
    }

    /** None of those that were cancelled has fired, and those that are not cancelled do. */
    private boolean verify(int expected) throws InterruptedException {
        for (int check = 0; check < CHECKS; check++) timer.newTimeout(fire, 10, TimeUnit.MILLISECONDS);
        for (int waits = 0; waits < 5_000 && fired.get() < CHECKS; waits++) Thread.sleep(1);
        return cancelled == expected && fired.get() == CHECKS;
    }

    /** Prints the line and returns the exit code. */
    private int run(String variant, int live, int workers) throws Exception {
        int churns = variant.equals("churn") ? CHURNS : 0;
        Timeout[] waiting = new Timeout[live];
        // Compiled code is what is measured: everything has run before, on as many timers.
        fill(waiting);
        churn(waiting, WARM_UP);
        cancelAll(waiting);
        Arrays.fill(waiting, null);
        Thread.sleep(3 * SETTLING_MILLISECONDS);
        cancelled = 0;

        long before = heapBytes();
        begin();
        fill(waiting);
        double bytes = 0;
        if (variant.equals("api-schedule")) {
            end(0);
            // Until they are in the wheel they are in a queue too.
            Thread.sleep(2 * SETTLING_MILLISECONDS);
            bytes = (double) (heapBytes() - before) / live;
        }
        begin();
        churn(waiting, churns);
        if (variant.equals("churn")) end(SETTLING_MILLISECONDS);
        begin();
        cancelAll(waiting);
        if (variant.equals("api-cancel")) end(0);

        boolean verified = verify(live + churns);
        System.out.printf(
            "{\"workload\":\"timers\",\"case\":\"%s\",\"size\":%d,\"contender\":\"netty\",\"workers\":%d,\"verified\":%b,"
                + "\"operations\":%d,\"wall_ns\":%d,\"cpu_ns\":%d,\"peak_rss\":%d%s}%n",
            variant, live, workers, verified, churns > 0 ? churns : live, wall, cpu, peakBytes(),
            bytes > 0 ? ",\"figures\":{\"bytes_per_timer\":" + bytes + "}" : "");
        timer.stop();
        return verified ? 0 : EXIT_WRONG_ANSWER;
    }

    /** Of all threads, the virtual machine's too; steps of 10 ms. */
    private static long cpuTime() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }

    /** What is in use, when all garbage is gone: memory that has been used before would hide what timers take of the process's. */
    private static long heapBytes() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    private static long peakBytes() throws Exception {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmHWM:")) return 1024 * Long.parseLong(line.replaceAll("[^0-9]", ""));
        }
        return 0;
    }

    private static void fail(int code, String message) {
        System.err.println("error: " + message);
        System.exit(code);
    }

    public static void main(String[] arguments) throws Exception {
        String workload = "", variant = "";
        int workers = 1, size = 0;
        for (int place = 0; place < arguments.length; place += 2) {
            String name = arguments[place];
            if (name.equals("--version")) {
                System.out.println("Netty " + Version.identify().get("netty-common").artifactVersion()
                    + ", Java " + System.getProperty("java.version"));
                return;
            }
            if (place + 1 == arguments.length) fail(EXIT_USAGE, name + " needs a value");
            String value = arguments[place + 1];
            switch (name) {
                case "--workload": workload = value; break;
                case "--case": variant = value; break;
                case "--workers": workers = Integer.parseInt(value); break;
                case "--size": size = Integer.parseInt(value); break;
                default: fail(EXIT_USAGE, "unknown option " + name);
            }
        }
        boolean isKnown = variant.equals("api-schedule") || variant.equals("api-cancel") || variant.equals("churn");
        if (!workload.equals("timers") || !isKnown) fail(EXIT_UNSUPPORTED, "netty does not do " + workload + " " + variant);
        System.exit(new Peer().run(variant, size > 0 ? size : 100_000, workers));
    }
}
