"""The activations: each a formula, its range, its kinks and where it comes from.

The spelling of a formula matters in two ways. Its derivation should end in the form that textbooks
print, so tanh and σ are written by exponentials. And where two cases meet, the case that owns the
border is the one whose derivative PyTorch returns there.
"""

from __future__ import annotations

from symgd.functions.rows import Activation, Kink, Parameter, positive

REAL = Parameter("real")

# fmt: off
#   name, formula, range (irrational ends rounded outwards in the fifth decimal), LaTeX, text
ACTIVATIONS: tuple[Activation, ...] = (
    Activation("identity", "z", "real", r"\mathrm{id}", "id", aliases=("linear",),
        source="elementary"),
    # -- S-shaped -----------------------------------------------------------------------------
    Activation("sigmoid", "1/(1 + exp(-z))", "(0, 1)", r"\sigma", "σ", aliases=("logistic",),
        opens=True, bare=True, spoken=("Sigmoid", "expit"),
        source="Rumelhart, Hinton and Williams, Learning representations by back-propagating "
               "errors, 1986"),
    Activation("hardsigmoid", "cases(z <= -3: 0, z >= 3: 1, z/6 + 1/2)", "[0, 1]",
        r"\mathrm{hardsigmoid}", "hardsigmoid",
        spoken=("hard_sigmoid", "HardSigmoid", "Hardsigmoid"),
        kinks=(Kink("-3", "0"), Kink("3", "0")),
        source="Howard et al., Searching for MobileNetV3, arXiv:1905.02244"),
    Activation("logsigmoid", "-log(1 + exp(-z))", "(-oo, 0)", r"\mathrm{logsigmoid}", "logsigmoid",
        aliases=("log_sigmoid",), spoken=("LogSigmoid",), source="PyTorch, nn.LogSigmoid"),
    Activation("tanh", "(exp(z) - exp(-z))/(exp(z) + exp(-z))", "(-1, 1)", r"\tanh", "tanh",
        spoken=("Tanh",), source="elementary"),
    Activation("lecun_tanh", "1.7159*tanh(2*z/3)", "(-1.7159, 1.7159)",
        r"\mathrm{tanh}_{\mathrm{LeCun}}", "tanh_LeCun",
        source="LeCun, Bottou, Orr and Müller, Efficient BackProp, 1998"),
    Activation("hardtanh", "cases(z <= -1: -1, z >= 1: 1, z)", "[-1, 1]", r"\mathrm{hardtanh}",
        "hardtanh", spoken=("hard_tanh", "HardTanh", "Hardtanh"),
        kinks=(Kink("-1", "0"), Kink("1", "0")),
        source="Collobert, Large scale machine learning, thesis, 2004"),
    Activation("tanhshrink", "z - tanh(z)", "real", r"\mathrm{tanhshrink}", "tanhshrink",
        spoken=("Tanhshrink", "TanhShrink"), source="PyTorch, nn.Tanhshrink"),
    Activation("softsign", "z/(1 + abs(z))", "(-1, 1)", r"\mathrm{softsign}", "softsign",
        spoken=("Softsign", "SoftSign"),
        source="Turian, Bergstra and Bengio, Quadratic features and deep architectures for "
               "chunking, 2009"),
    Activation("isru", "z/sqrt(1 + alpha*z**2)", "real", r"\mathrm{ISRU}", "ISRU",
        parameters={"alpha": positive("1")},
        source="Carlile et al., Improving deep learning by inverse square root linear units, "
               "arXiv:1710.09967"),
    Activation("arctan", "atan(z)", "(-1.5708, 1.5708)", r"\arctan", "arctan",
        source="elementary"),
    # -- rectifiers ---------------------------------------------------------------------------
    Activation("relu", "max(0, z)", "[0, oo)", r"\mathrm{ReLU}", "ReLU", kinks=(Kink("0", "0"),),
        opens=True, bare=True,
        source="Nair and Hinton, Rectified linear units improve restricted Boltzmann machines, "
               "2010"),
    Activation("relu6", "cases(z <= 0: 0, z >= 6: 6, z)", "[0, 6]", r"\mathrm{ReLU6}", "ReLU6",
        kinks=(Kink("0", "0"), Kink("6", "0")),
        source="Krizhevsky, Convolutional deep belief networks on CIFAR-10, 2010"),
    Activation("relu2", "max(0, z)**2", "[0, oo)", r"{\mathrm{ReLU}^{2}}", "ReLU²",
        aliases=("squared_relu",),
        source="So et al., Primer: searching for efficient transformers for language modeling, "
               "arXiv:2109.08668"),
    Activation("leaky_relu", "cases(z > 0: z, a*z)", "real", r"\mathrm{LReLU}", "LReLU",
        parameters={"a": Parameter("real", usual="0.01")}, kinks=(Kink("0", "a"),),
        aliases=("prelu",), spoken=("LeakyReLU", "leakyReLU", "leakyrelu", "PReLU", "lrelu"),
        source="Maas, Hannun and Ng, Rectifier nonlinearities improve neural network acoustic "
               "models, 2013; with a learned: He et al., arXiv:1502.01852"),
    Activation("elu", "cases(z > 0: z, alpha*(exp(z) - 1))", "real", r"\mathrm{ELU}", "ELU",
        parameters={"alpha": positive("1")}, kinks=(Kink("0", "alpha"),),
        source="Clevert, Unterthiner and Hochreiter, Fast and accurate deep network learning by "
               "exponential linear units, arXiv:1511.07289"),
    Activation("selu",
        "cases(z > 0: 1.0507009873554805*z, 1.0507009873554805*1.6732632423543772*(exp(z) - 1))",
        "(-1.7581, oo)", r"\mathrm{SELU}", "SELU",
        kinks=(Kink("0", "1.0507009873554805*1.6732632423543772"),),
        source="Klambauer et al., Self-normalizing neural networks, arXiv:1706.02515"),
    Activation("celu", "cases(z > 0: z, alpha*(exp(z/alpha) - 1))", "real", r"\mathrm{CELU}",
        "CELU", parameters={"alpha": positive("1")}, kinks=(Kink("0", "1", removable=True),),
        source="Barron, Continuously differentiable exponential linear units, arXiv:1704.07483"),
    Activation("softplus", "log(1 + exp(beta*z))/beta", "(0, oo)", r"\mathrm{softplus}",
        "softplus", parameters={"beta": Parameter("positive", default="1")},
        opens=True, bare=True,
        spoken=("Softplus", "SoftPlus"),
        source="Dugas et al., Incorporating second-order functional knowledge for better option "
               "pricing, 2001"),
    Activation("squareplus", "(z + sqrt(z**2 + b))/2", "(0, oo)", r"\mathrm{squareplus}",
        "squareplus", parameters={"b": positive("4")},
        source="Barron, Squareplus: a softplus-like algebraic rectifier, arXiv:2112.11687"),
    # -- gates: z times something S-shaped ----------------------------------------------------
    Activation("gelu", "z*Phi(z)", "[-0.16998, oo)", r"\mathrm{GELU}", "GELU",
        source="Hendrycks and Gimpel, Gaussian error linear units, arXiv:1606.08415"),
    Activation("gelu_tanh", "z*(1 + tanh(sqrt(2/pi)*(z + 0.044715*z**3)))/2", "[-0.17005, oo)",
        r"\mathrm{GELU}_{\tanh}", "GELU_tanh", aliases=("gelu_new",),
        source="Hendrycks and Gimpel, Gaussian error linear units, arXiv:1606.08415"),
    Activation("quick_gelu", "z*sigmoid(1.702*z)", "[-0.16362, oo)", r"\mathrm{QuickGELU}",
        "QuickGELU",
        source="Hendrycks and Gimpel, Gaussian error linear units, arXiv:1606.08415"),
    Activation("silu", "z*sigmoid(z)", "[-0.27847, oo)", r"\mathrm{SiLU}", "SiLU",
        source="Elfwing, Uchibe and Doya, Sigmoid-weighted linear units for neural network "
               "function approximation in reinforcement learning, arXiv:1702.03118"),
    # Its β is kept: whoever means β = 1 says so, or says silu.
    Activation("swish", "z*sigmoid(beta*z)", "real", r"\mathrm{swish}", "swish",
        parameters={"beta": Parameter("real", usual="1")},
        spoken=("Swish",),
        source="Ramachandran, Zoph and Le, Searching for activation functions, arXiv:1710.05941"),
    Activation("hardswish", "cases(z <= -3: 0, z >= 3: z, z*(z + 3)/6)", "[-0.375, oo)",
        r"\mathrm{hardswish}", "hardswish", spoken=("hard_swish", "HardSwish", "Hardswish"),
        kinks=(Kink("-3", "0"), Kink("3", "1")),
        source="Howard et al., Searching for MobileNetV3, arXiv:1905.02244"),
    Activation("mish", "z*tanh(log(1 + exp(z)))", "[-0.30885, oo)", r"\mathrm{mish}", "mish",
        spoken=("Mish",),
        source="Misra, Mish: a self regularized non-monotonic activation function, "
               "arXiv:1908.08681"),
    Activation("lisht", "z*tanh(z)", "[0, oo)", r"\mathrm{LiSHT}", "LiSHT",
        source="Roy et al., LiSHT: non-parametric linearly scaled hyperbolic tangent activation "
               "function, arXiv:1901.05894"),
    # -- bumps, waves and links ---------------------------------------------------------------
    Activation("bent_identity", "(sqrt(z**2 + 1) - 1)/2 + z", "real", r"\mathrm{bent}", "bent",
        source="folklore"),
    Activation("gaussian", "exp(-z**2)", "(0, 1]", r"\mathrm{gaussian}", "gaussian",
        source="Broomhead and Lowe, Multivariable functional interpolation and adaptive networks, "
               "1988"),
    Activation("sin", "sin(z)", "[-1, 1]", r"\sin", "sin",
        source="Sitzmann et al., Implicit neural representations with periodic activation "
               "functions, arXiv:2006.09661"),
    Activation("sinc", "cases(z == 0: 1, sin(z)/z)", "[-0.21724, 1]", r"\mathrm{sinc}", "sinc",
        kinks=(Kink("0", "0", removable=True),), bare=True,
        source="elementary; without the factor π of signal processing"),
    Activation("snake", "z + sin(a*z)**2/a", "real", r"\mathrm{snake}", "snake",
        parameters={"a": positive("1")},
        source="Ziyin, Hartwig and Ueda, Neural networks fail to learn periodic functions and how "
               "to fix it, arXiv:2006.08195"),
    Activation("cloglog", "1 - exp(-exp(z))", "(0, 1)", r"\mathrm{cloglog}", "cloglog",
        source="McCullagh and Nelder, Generalized linear models, 1989: the inverse of the "
               "complementary log-log link"),
    # -- thresholds ---------------------------------------------------------------------------
    Activation("softshrink", "cases(z > lambda: z - lambda, z < -lambda: z + lambda, 0)", "real",
        r"\mathrm{softshrink}", "softshrink", parameters={"lambda": positive("1/2")},
        kinks=(Kink("-lambda", "0"), Kink("lambda", "0")),
        spoken=("Softshrink", "SoftShrink"),
        source="Donoho and Johnstone, Ideal spatial adaptation by wavelet shrinkage, 1994"),
    Activation("hardshrink", "cases(abs(z) > lambda: z, 0)", "real", r"\mathrm{hardshrink}",
        "hardshrink", parameters={"lambda": positive("1/2")},
        kinks=(Kink("-lambda", "0", jump=True), Kink("lambda", "0", jump=True)),
        spoken=("Hardshrink", "HardShrink"),
        source="Donoho and Johnstone, Ideal spatial adaptation by wavelet shrinkage, 1994"),
    Activation("threshold", "cases(z > theta: z, v)", "real", r"\mathrm{threshold}", "threshold",
        parameters={"theta": REAL, "v": REAL}, kinks=(Kink("theta", "0", jump=True),),
        spoken=("Threshold",), source="PyTorch, nn.Threshold"),
    Activation("abs", "abs(z)", "[0, oo)", r"\mathrm{abs}", "abs", kinks=(Kink("0", "0"),),
        source="elementary"),
)

# What the formulas above are made of.
AUXILIARIES: tuple[Activation, ...] = (
    Activation("Phi", "(1 + erf(z/sqrt(2)))/2", "(0, 1)", r"\Phi", "Φ",
        source="the normal distribution"),
    Activation("step", "where(z > 0, 1, 0)", "{0, 1}", r"\mathrm{step}", "step",
        kinks=(Kink("0", "0", jump=True),), opens=True, is_flat=True, bare=True,
        source="Heaviside, Electromagnetic theory, 1893; 0 at 0"),
    Activation("phi", "exp(-z**2/2)/sqrt(2*pi)", "(0, 0.39895]", r"\varphi", "φ",
        source="the normal density"),
)
# fmt: on
