"""The losses of one sample: each a formula in ŷ and the label, their domains, kinks and source.

The label is y, or t where it is ±1. Where ŷ ranges over ℝ and the label is a class, ŷ is the
logit.
"""

from __future__ import annotations

from symgd.functions.rows import Kink, Loss, Parameter, positive

POSITIVE = Parameter("positive")
FRACTION = Parameter("(0, 1)")

HOLLAND = "Holland and Welsch, Robust regression using iteratively reweighted least-squares, 1977"

# fmt: off
#   name, formula, where ŷ lies, where the label lies
LOSSES: tuple[Loss, ...] = (
    # -- regression: e = ŷ - y ----------------------------------------------------------------
    Loss("quadratic", "(y - yhat)**2/2", "real", "real", aliases=("half_mse",),
        source="Rumelhart, Hinton and Williams, Learning representations by back-propagating "
               "errors, 1986"),
    Loss("mse", "(y - yhat)**2", "real", "real", aliases=("l2", "squared_error"),
        source="Legendre, Nouvelles méthodes pour la détermination des orbites des comètes, 1805"),
    Loss("mae", "abs(yhat - y)", "real", "real", kinks=(Kink("y", "0"),),
        aliases=("l1", "absolute_error"),
        source="Boscovich, De litteraria expeditione per pontificiam ditionem, 1757"),
    Loss("huber",
        "cases(abs(yhat - y) <= delta: (yhat - y)**2/2, delta*(abs(yhat - y) - delta/2))",
        "real", "real", parameters={"delta": positive("1")},
        source="Huber, Robust estimation of a location parameter, 1964"),
    Loss("smooth_l1",
        "cases(abs(yhat - y) <= beta: (yhat - y)**2/(2*beta), abs(yhat - y) - beta/2)",
        "real", "real", parameters={"beta": positive("1")},
        source="Girshick, Fast R-CNN, arXiv:1504.08083; with beta: PyTorch, nn.SmoothL1Loss"),
    Loss("pseudo_huber", "delta**2*(sqrt(1 + ((yhat - y)/delta)**2) - 1)", "real", "real",
        parameters={"delta": positive("1")},
        source="Charbonnier et al., Deterministic edge-preserving regularization in computed "
               "imaging, 1997"),
    Loss("log_cosh", "log(cosh(yhat - y))", "real", "real", aliases=("logcosh",),
        source="Saleh and Saleh, Statistical properties of the log-cosh loss function, "
               "arXiv:2208.04564"),
    Loss("fair", "c**2*(abs(yhat - y)/c - log(1 + abs(yhat - y)/c))", "real", "real",
        parameters={"c": positive("1.3998")},
        source="Fair, On the robust estimation of econometric models, 1974"),
    # At ŷ = y every value from -τ to 1 - τ is a subgradient; the middle is what PyTorch's maximum
    # gives for this formula, and for τ = 1/2 it is half of mae's 0.
    Loss("pinball", "max(tau*(y - yhat), (tau - 1)*(y - yhat))", "real", "real",
        parameters={"tau": FRACTION}, kinks=(Kink("y", "1/2 - tau"),), aliases=("quantile",),
        source="Koenker and Bassett, Regression quantiles, 1978"),
    Loss("expectile", "cases(yhat > y: (1 - tau)*(yhat - y)**2, tau*(yhat - y)**2)", "real",
        "real", parameters={"tau": FRACTION},
        source="Newey and Powell, Asymmetric least squares estimation and testing, 1987"),
    Loss("cauchy", "c**2/2*log(1 + ((yhat - y)/c)**2)", "real", "real",
        parameters={"c": positive("2.3849")}, source=HOLLAND),
    Loss("tukey", "cases(abs(yhat - y) <= c: c**2/6*(1 - (1 - ((yhat - y)/c)**2)**3), c**2/6)",
        "real", "real", parameters={"c": positive("4.6851")}, aliases=("biweight",),
        source="Beaton and Tukey, The fitting of power series, meaning polynomials, illustrated "
               "on band-spectroscopic data, 1974"),
    Loss("welsch", "c**2/2*(1 - exp(-((yhat - y)/c)**2))", "real", "real",
        parameters={"c": positive("2.9846")}, source=HOLLAND),
    Loss("geman_mcclure", "(yhat - y)**2/2/(1 + (yhat - y)**2)", "real", "real",
        source="Geman and McClure, Statistical methods for tomographic image reconstruction, "
               "1987"),
    Loss("mape", "abs(yhat - y)/abs(y)", "real", "positive", kinks=(Kink("y", "0"),),
        source="de Myttenaere et al., Mean absolute percentage error for regression models, "
               "arXiv:1605.02541"),
    Loss("msle", "(log(1 + yhat) - log(1 + y))**2", "(-1, oo)", "(-1, oo)",
        source="scikit-learn, mean_squared_log_error"),
    # -- two classes, labels 0 and 1 ----------------------------------------------------------
    Loss("bce", "-y*log(yhat) - (1 - y)*log(1 - yhat)", "(0, 1)", "{0, 1}",
        aliases=("cross_entropy", "binary_cross_entropy"),
        source="Good, Rational decisions, 1952"),
    # max(ŷ, 0) - yŷ + log(1 + exp(-|ŷ|)), how it is computed, is this and has kinks to explain.
    Loss("bce_logits", "log(1 + exp(yhat)) - y*yhat", "real", "{0, 1}", mean="sigmoid(yhat)",
        source="PyTorch, nn.BCEWithLogitsLoss"),
    Loss("brier", "(sigmoid(yhat) - y)**2", "real", "{0, 1}", mean="sigmoid(yhat)",
        source="Brier, Verification of forecasts expressed in terms of probability, 1950"),
    # -- two classes, labels -1 and 1; ŷ is the logit -----------------------------------------
    Loss("soft_margin", "log(1 + exp(-t*yhat))", "real", "{-1, 1}", label="t",
        aliases=("logistic",), mean="sigmoid(yhat)",
        source="PyTorch, nn.SoftMarginLoss"),
    Loss("hinge", "max(0, 1 - t*yhat)", "real", "{-1, 1}", label="t", kinks=(Kink("1/t", "0"),),
        source="Cortes and Vapnik, Support-vector networks, 1995"),
    Loss("squared_hinge", "max(0, 1 - t*yhat)**2", "real", "{-1, 1}", label="t",
        source="Chang, Hsieh and Lin, Coordinate descent method for large-scale L2-loss linear "
               "support vector machines, 2008"),
    Loss("modified_huber", "cases(t*yhat >= -1: max(0, 1 - t*yhat)**2, -4*t*yhat)", "real",
        "{-1, 1}", label="t",
        source="Zhang, Solving large scale linear prediction problems using stochastic gradient "
               "descent algorithms, 2004"),
    Loss("exponential", "exp(-t*yhat)", "real", "{-1, 1}", label="t", mean="sigmoid(2*yhat)",
        source="Friedman, Hastie and Tibshirani, Additive logistic regression, 2000"),
    Loss("focal", "-(1 - sigmoid(t*yhat))**gamma*log(sigmoid(t*yhat))", "real", "{-1, 1}",
        label="t", parameters={"gamma": Parameter("[0, oo)", usual="2")},
        source="Lin et al., Focal loss for dense object detection, arXiv:1708.02002"),
    # -- likelihoods --------------------------------------------------------------------------
    # ŷ is the logarithm of the mean.
    Loss("poisson", "exp(yhat) - y*yhat", "real", "{0, 1, 2, ...}", aliases=("poisson_nll",),
        mean="exp(yhat)",
        source="Nelder and Wedderburn, Generalized linear models, 1972"),
    # ŷ is the mean.
    Loss("poisson_mean", "yhat - y*log(yhat)", "positive", "{0, 1, 2, ...}",
        source="Nelder and Wedderburn, Generalized linear models, 1972"),
    Loss("poisson_deviance", "2*(y*log(y/yhat) - (y - yhat))", "positive", "positive",
        source="McCullagh and Nelder, Generalized linear models, 1989"),
    Loss("gamma_deviance", "2*((y - yhat)/yhat - log(y/yhat))", "positive", "positive",
        source="McCullagh and Nelder, Generalized linear models, 1989"),
    Loss("tweedie", "-y*yhat**(1 - p)/(1 - p) + yhat**(2 - p)/(2 - p)", "positive", "[0, oo)",
        parameters={"p": Parameter("(1, 2)", usual="3/2")},
        source="Jørgensen, Exponential dispersion models, 1987"),
    Loss("gaussian_nll", "(log(v) + (yhat - y)**2/v)/2", "real", "real",
        parameters={"v": POSITIVE},
        source="Nix and Weigend, Estimating the mean and variance of the target probability "
               "distribution, 1994"),
    Loss("laplace_nll", "log(2*b) + abs(yhat - y)/b", "real", "real", parameters={"b": POSITIVE},
        kinks=(Kink("y", "0"),),
        source="Laplace, Mémoire sur la probabilité des causes par les événements, 1774"),
    # ŷ is the logarithm of the predicted probability, as in PyTorch's nn.KLDivLoss.
    Loss("kl", "y*(log(y) - yhat)", "real", "(0, 1]", aliases=("kl_div",), mean="exp(yhat)",
        source="Kullback and Leibler, On information and sufficiency, 1951"),
)
# fmt: on
